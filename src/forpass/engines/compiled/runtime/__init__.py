"""From LLVM's text to threads at work: compiling, keeping, and the loop over steps."""
