import unittest

from interest import monthly_interest


class MonthlyInterest(unittest.TestCase):
    def test_is_a_twelfth_of_the_year(self):
        self.assertEqual(monthly_interest(120_000, 0.05), 500)

    def test_rounds_half_a_cent_up(self):
        self.assertEqual(monthly_interest(150, 0.04), 1)
        self.assertEqual(monthly_interest(300, 0.10), 3)
        self.assertEqual(monthly_interest(100, 0.06), 1)

    def test_owes_nothing_on_debt(self):
        self.assertEqual(monthly_interest(-5_000, 0.05), 0)
