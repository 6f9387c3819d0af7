"""Constraints that many tables share."""

from django.db import models


def at_with_by(at: str, by: str, *, name: str) -> models.CheckConstraint:
    """`at` and `by` are set together or not at all."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{at}__isnull": True, f"{by}__isnull": True})
        | models.Q(**{f"{at}__isnull": False, f"{by}__isnull": False}),
        name=name,
    )


def one_of(field: str, values: list[str], *, name: str) -> models.CheckConstraint:
    """`field` is one of `values`."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": values}), name=name)


def within(field: str, low: int, high: int, *, name: str) -> models.CheckConstraint:
    """`field` lies from `low` to `high`, both allowed; null passes."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__range": (low, high)}), name=name
    )
