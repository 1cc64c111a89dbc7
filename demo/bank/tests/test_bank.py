import unittest

from bank import Account
from cli import transfer


class Deposit(unittest.TestCase):
    def test_adds(self):
        account = Account("Ada")
        account.deposit(500)
        self.assertEqual(account.balance, 500)


class Withdraw(unittest.TestCase):
    def test_subtracts(self):
        account = Account("Ada", 500)
        account.withdraw(200)
        self.assertEqual(account.balance, 300)

    def test_transfer_keeps_the_sum(self):
        ada, bob = Account("Ada", 500), Account("Bob", 100)
        transfer(ada, bob, 200)
        self.assertEqual((ada.balance, bob.balance), (300, 300))
