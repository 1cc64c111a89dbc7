"""What a prompt may do without: drawn the same each time, one in five, and never unseen."""

from bot.prompts.ingredients import LEFT_OUT_ONE_IN, Draw, Ingredient, draw_ingredients

NOTE = Ingredient("note", "1a2b3c4d", "Money is whole cents.")
OTHER = Ingredient("note", "99999999", "Say why.")
EXAMPLE = Ingredient("example", "5e6f7a8b", "+def pay(cents): ...")
OLD = frozenset({NOTE.name, EXAMPLE.name})
SEEDS = [f"job\0task-{at}\0{at % 6}" for at in range(5000)]


def draws(seed: str) -> Draw:
    return draw_ingredients([NOTE, OTHER, EXAMPLE], OLD, seed)


def test_the_same_seed_draws_the_same_and_one_use_in_five_goes_without() -> None:
    """By each ingredient alone: that one is left out says nothing of another one."""
    found = [draws(seed) for seed in SEEDS]
    assert found == [draws(seed) for seed in SEEDS]
    shares = [sum(name in each.left_out for each in found) / len(found) for name in sorted(OLD)]
    both = sum(len(each.left_out) == len(OLD) for each in found) / len(found)
    assert all(abs(share - 1 / LEFT_OUT_ONE_IN) < 0.02 for share in shares), shares
    assert abs(both - 1 / LEFT_OUT_ONE_IN**2) < 0.01


def test_what_is_too_young_is_never_left_out_and_never_counted_as_drawn() -> None:
    assert all(OTHER in draws(seed).kept for seed in SEEDS)
    assert all(set(draws(seed).drawn) == OLD for seed in SEEDS)


def test_what_the_window_had_no_room_for_was_neither_shown_nor_left_out() -> None:
    """One note was left out and the part with the others dropped: no note was tried."""
    seed = next(s for s in SEEDS if draws(s).left_out == (NOTE.name,))
    seen = draws(seed).seen_in({"examples", "task"})
    assert (seen.kept, seen.left_out, seen.drawn) == ((EXAMPLE,), (), (EXAMPLE.name,))


def test_where_all_of_a_kind_is_left_out_there_is_no_part_and_the_draw_counts() -> None:
    seed = next(s for s in SEEDS if draws(s).left_out == (NOTE.name,))
    seen = draw_ingredients([NOTE], OLD, seed).seen_in({"task"})
    assert seen.left_out == seen.drawn == (NOTE.name,)
