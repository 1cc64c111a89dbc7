"""Accounts that keep whole cents."""


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.entries = []

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("a deposit must be positive")
        self.balance += amount
        self.entries.append(("deposit", amount))

    def withdraw(self, amount):
        self.balance += amount
        self.entries.append(("withdraw", amount))
