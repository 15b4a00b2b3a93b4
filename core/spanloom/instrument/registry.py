"""`spanloom.autolog`: switching plugins on and off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spanloom.discovery import entry_points, load
from spanloom.errors import MissingExtraError, PluginError
from spanloom.instrument.content import captures_content, set_capture, warn_of_unknown_names
from spanloom.instrument.installation import Installation
from spanloom.instrument.plugin import Plugin
from spanloom.tracing.guard import guard
from spanloom.tracing.settings import settings

__all__ = ["autolog", "find_plugins", "installations", "switch_on", "switched_on"]

GROUP = "spanloom.autolog"

installations: dict[str, Installation] = {}
"""The plugins that are switched on, by name."""


def find_plugins() -> dict[str, str]:
    """Return every known plugin's name, and the `module:attribute` it is found at."""
    return dict(sorted(entry_points().get(GROUP, {}).items()))


def load_plugin(name: str) -> Plugin:
    """Return the plugin of this name.

    Raises:
        PluginError: If there is none.
    """
    plugins = find_plugins()
    if name not in plugins:
        import difflib

        near = difflib.get_close_matches(name.replace("-", "_"), plugins, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise PluginError(f"no autolog plugin is named {name!r}; {hint}known plugins: {', '.join(plugins)}")
    plugin: Plugin = load(plugins[name])
    return plugin


def autolog(*names: str, disable: bool = False, capture_content: bool | None = None, **options: Any) -> None:
    """Trace every supported framework, installed now or imported later; or only those named.

    Nothing is imported: a framework is patched at the moment the program imports it. Calling again with other options
    replaces the earlier call's.

    Args:
        names: Plugins to switch on or off; all known ones by default.
        disable: Switch off instead, restoring every patched function exactly.
        capture_content: Whether the spans of these plugins keep inputs and outputs. Without them they still tell names,
            times, models, tokens, statuses and errors. By default they do, except those of the plugins that
            `SPANLOOM_NO_CONTENT` names, separated by commas; `configure(capture_content=False)` is for all spans.
        options: Options of the one plugin named.

    Raises:
        PluginError: If a plugin or an option is not known.
        MissingExtraError: If the framework of a plugin that was named is not installed.

    Example:
        >>> spanloom.autolog()
        >>> spanloom.autolog("openai", capture_content=False)
        >>> spanloom.autolog("openai", disable=True)
    """
    if options and len(names) != 1:
        raise PluginError(
            f"autolog options belong to one plugin: name it, e.g. autolog('openai', {next(iter(options))}=…)"
        )
    if disable:
        _disable(names)
        return
    if names:
        chosen = [(plugin, _checked(plugin, options)) for plugin in map(load_plugin, names)]
        for plugin, _ in chosen:
            _require_framework(plugin)
        for plugin, plugin_options in chosen:
            _enable(plugin, plugin_options, capture_content)
    else:
        for name in find_plugins():
            with guard(f"{name}: loading the plugin"):
                plugin = load_plugin(name)
                _enable(plugin, plugin.options, capture_content)
    warn_of_unknown_names(find_plugins())


def switched_on() -> list[tuple[str, dict[str, Any]]]:
    """Return name and options of the plugins that are switched on, for a worker process."""
    return [(name, dict(installation.options)) for name, installation in installations.items()]


def switch_on(plugins: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Switch on in a worker process what is switched on in its sender's.

    Frameworks and plugins that are not installed here are left out; `settings.without_content` stays as it is.
    """
    for name, options in plugins:
        with guard(f"{name}: loading the plugin"):
            if name in find_plugins():
                _enable(load_plugin(name), options, name not in settings.without_content)


def _enable(plugin: Plugin, options: Any, capture_content: bool | None) -> None:
    present = installations.pop(plugin.name, None)
    if present is not None:
        present.remove()
    # Before the first patch is in place: no call may slip through with its content.
    set_capture(plugin.name, content=captures_content(plugin.name) if capture_content is None else capture_content)
    installations[plugin.name] = Installation(plugin, options)


def _require_framework(plugin: Plugin) -> None:
    from importlib.util import find_spec

    modules = [*(patch.module for patch in plugin.patches), *(hook.module for hook in plugin.hooks)]
    if not any(find_spec(module.partition(".")[0]) is not None for module in modules):
        raise MissingExtraError(f"autolog({plugin.name!r})", plugin.name.replace("_", "-"))


def _disable(names: tuple[str, ...]) -> None:
    for name in names:
        load_plugin(name)  # a misspelt name must not pass silently
    for name in names or tuple(installations):
        installation = installations.pop(name, None)
        if installation is not None:
            installation.remove()


def _checked(plugin: Plugin, options: dict[str, Any]) -> dict[str, Any]:
    for option in options:
        if option not in plugin.options:
            known = ", ".join(f"{name}={default!r}" for name, default in plugin.options.items()) or "none"
            raise PluginError(f"the autolog plugin {plugin.name!r} has no option {option!r}; its options: {known}")
    return {**plugin.options, **options}
