"""What the examples say in words is what they say in numbers."""

from protocols.starter.documents import consent_body, technique


def test_the_patient_reads_the_interval_that_the_plan_keeps() -> None:
    numbers = technique()
    days, body = numbers["loading_interval_days"], consent_body()
    assert f"one every {days} days" in body
    assert "a month apart" not in body
    assert "monthly" not in body
