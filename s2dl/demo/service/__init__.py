"""What is answered: catalogue, download and identity as small web applications over a `World`.

Each catalogue language has a room of its own: `odata`, `stac` and `resto`. What they share lies here: `expression` (a
condition on products, with its `bounds`), `holdings` (which products the service has at the moment, page by page),
`attributes`, `moments` and `shapes` (what it says of them), `faults` and `bending` (its bad days), `records` (what it
was asked). `identity` and `transfers` are the other two origins, `service` puts all together, `server` has the sockets.
"""
