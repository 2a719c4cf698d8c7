"""An app that notes what is wrong with its routes and goes on, so that all is told at once."""

from collections.abc import Callable
from typing import Any

from stario.cli.errors import place_of_call
from stario.exceptions import StarioError
from stario.http.app import App


class CheckedApp(App):
    """Takes every registration; `problems` has what an App would have raised."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []

    def handle(self, *arguments: Any, **options: Any) -> None:
        self._note(super().handle, *arguments, **options)

    def use(self, *arguments: Any, **options: Any) -> None:
        self._note(super().use, *arguments, **options)

    def not_found(self, *arguments: Any, **options: Any) -> None:
        self._note(super().not_found, *arguments, **options)

    def method_not_allowed(self, *arguments: Any, **options: Any) -> None:
        self._note(super().method_not_allowed, *arguments, **options)

    def _note(self, register: Callable[..., None], *arguments: Any, **options: Any) -> None:
        try:
            register(*arguments, **options)
        except StarioError as error:
            place = place_of_call()
            self.problems.append(f"{error}\n  At: {place}" if place else str(error))
