import unittest

from bank import Account
from statement import statement


class Statement(unittest.TestCase):
    def test_lists_entries_with_a_running_balance(self):
        account = Account("Ada", 1_000)
        account.deposit(250)
        account.withdraw(1_200)
        self.assertEqual(
            statement(account),
            "Ada\n"
            "deposit        2.50      12.50\n"
            "withdraw     -12.00       0.50\n",
        )

    def test_of_a_new_account_is_its_owner(self):
        self.assertEqual(statement(Account("Bob")), "Bob\n")
