"""A Prefect flow that does nothing: what every flow costs that starts without a server."""

from prefect import flow


@flow
def nothing() -> None:
    """Nothing."""


if __name__ == "__main__":
    nothing()
