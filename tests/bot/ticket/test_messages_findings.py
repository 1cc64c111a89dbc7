"""What is said in a finding's thread."""

from bot.ticket.messages_findings import not_settled


def test_our_own_fault_is_not_told_as_a_models() -> None:
    assert "No model" not in not_settled("TypeError: x", is_own_fault=True)
    assert "No model" in not_settled("the check stays red")
