"""The perceptron and how it learns."""
