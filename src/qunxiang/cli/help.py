"""Help in the reader's language: commands carry message codes, and the finished tree is translated before it runs."""

from __future__ import annotations

from typing import Any

from typer import rich_utils

from qunxiang.i18n import codes, template


def translate(command: Any, lang: str) -> Any:
    """Put the texts of `lang` in place of the message codes of a command and all below it; returns the command."""
    command.help = _text(command.help, lang)
    command.short_help = _text(command.short_help, lang)
    command.epilog = _text(command.epilog, lang)
    for parameter in command.params:
        if "--help" in parameter.opts:
            parameter.help = template("cli.help.help", lang)
        elif getattr(parameter, "help", None):
            parameter.help = _text(parameter.help, lang)
    # the help option is made on demand, by a method, with English text
    own = command.get_help_option

    def in_language(ctx: Any) -> Any:
        option = own(ctx)
        if option is not None:
            option.help = template("cli.help.help", lang)
        return option

    command.get_help_option = in_language
    for below in getattr(command, "commands", {}).values():
        translate(below, lang)
    return command


def headings(lang: str) -> None:
    """Set the headings that typer prints around help."""
    rich_utils.ARGUMENTS_PANEL_TITLE = template("cli.help.arguments", lang)
    rich_utils.OPTIONS_PANEL_TITLE = template("cli.help.options", lang)
    rich_utils.COMMANDS_PANEL_TITLE = template("cli.help.commands", lang)
    rich_utils.DEFAULT_STRING = template("cli.help.default", lang)
    rich_utils.REQUIRED_LONG_STRING = template("cli.help.required", lang)


def _text(text: str | None, lang: str) -> str | None:
    return template(text, lang) if text is not None and text in codes() else text
