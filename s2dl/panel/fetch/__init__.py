"""What is to be fetched: the cart, the account, the bars, and the way out."""
