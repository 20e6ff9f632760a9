"""A model behind HTTP: what `forpass serve` starts.

A map: `answering` asks the model, record by record or many at once, and says what is wrong with a record;
`notes` hears what forpass warns of meanwhile. `incoming` takes a body within bounds, `headers` and
`requests` read what a request says, `batching` answers together what comes together, `description` writes the
model's OpenAPI document, `metrics` counts. `application` is an ASGI application of these: routes, limits and
errors; it knows no socket. `server` gives it to uvicorn, and closes connections whose senders are slow.

What a record means does not depend on the others of its request, nor on other requests.
"""
