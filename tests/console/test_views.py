"""Saved views of the fleet: what is kept, where, and what a file that is not right does."""

import stat
from pathlib import Path

import pytest

from interlock.errors import ConfigError
from interlock_console.views import BUILT_IN, SavedView, drop, load, save, views_file


def test_a_view_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """Filter, order, groups and ended runs are kept, whatever is in the filter, in a file for its owner only."""
    file = tmp_path / "deep" / "views.toml"
    view = SavedView('role:x "a \\ b" \x1b\U0001f600 #"', "cost", True, "role", False)
    save(file, "odd", view)
    views, problem = load(file)
    assert not problem
    assert views["odd"] == view
    assert set(BUILT_IN) < set(views)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_saving_changes_only_its_own_block(tmp_path: Path) -> None:
    """Comments, other views and keys of a newer console stay; a name that is there is replaced, not doubled."""
    file = tmp_path / "views.toml"
    file.write_text(
        '# mine\n[views.a]\nfilter = "x"\nfuture = 3\n\n[views.b]\nfilter = "y"\n', encoding="utf-8"
    )
    save(file, "b", SavedView("z"))
    save(file, "b", SavedView("w"))
    text = file.read_text(encoding="utf-8")
    assert text.startswith('# mine\n[views.a]\nfilter = "x"\nfuture = 3\n')
    assert text.count("[views.b]") == 1
    views, problem = load(file)
    assert (views["a"].filter, views["b"].filter, problem) == ("x", "w", "")
    drop(file, "b")
    assert "b" not in load(file)[0]
    with pytest.raises(ConfigError, match="no saved view"):
        drop(file, "b")


def test_a_file_that_cannot_be_read_is_said_and_never_written(tmp_path: Path) -> None:
    """Broken TOML leaves the built-in views and a sentence, and saving is refused rather than losing what is there."""
    file = tmp_path / "views.toml"
    file.write_text("[views.a\nfilter = ", encoding="utf-8")
    views, problem = load(file)
    assert views == dict(BUILT_IN)
    assert "views cannot be read" in problem
    with pytest.raises(ConfigError, match="nothing was written"):
        save(file, "b", SavedView())
    assert file.read_text(encoding="utf-8") == "[views.a\nfilter = "


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ('sort = "size"', "sorted by size, which is no order"),
        ('group = "colour"', "grouped by colour"),
        ("filter = 3", "bad.filter must be str"),
    ],
)
def test_one_bad_view_is_named_and_the_others_are_there(tmp_path: Path, block: str, said: str) -> None:
    """A view with a setting that means nothing is left out with a sentence; the rest of the file holds."""
    file = tmp_path / "views.toml"
    file.write_text(f'[views.bad]\n{block}\n[views.good]\nfilter = "x"\n', encoding="utf-8")
    views, problem = load(file)
    assert said in problem
    assert "bad" not in views
    assert views["good"].filter == "x"


def test_a_name_is_plain(tmp_path: Path) -> None:
    """A name with signs that mean something in the file is refused before anything is written."""
    file = tmp_path / "views.toml"
    for name in ("a.b", 'x"]', "", "a b", "é"):
        with pytest.raises(ConfigError, match="no name for a view"):
            save(file, name, SavedView())
    assert not file.exists()


def test_the_file_is_where_the_desktop_keeps_settings() -> None:
    """XDG_CONFIG_HOME decides where it is absolute; otherwise it is the operator's own folder."""
    assert views_file({"XDG_CONFIG_HOME": "/x"}) == Path("/x/interlock/views.toml")
    assert views_file({"XDG_CONFIG_HOME": "relative"}).parts[-3:] == (".config", "interlock", "views.toml")
