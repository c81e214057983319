"""Earning rules as data: what they say, what an order or event gives by them and why, and what a return takes back."""
