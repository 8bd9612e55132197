"""What is answered: catalogue, download and identity as small web applications over a `World`.

Each catalogue language has a room of its own (`odata`). What they share lies here: `expression` (a condition on
products), `holdings` (which products the service has at the moment), `faults` and `bending` (its bad days), `records`
(what it was asked) and `server` (its sockets).
"""
