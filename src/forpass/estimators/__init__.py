"""Estimators: forpass with scikit-learn's manners."""
