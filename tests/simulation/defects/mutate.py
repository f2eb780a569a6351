#!/usr/bin/env python3
"""Writes copies of the sources that defects.py changes, with each defect in them to be chosen at run time.
    mutate.py --files            the files, one a line, relative to src/
    mutate.py SRC OUT            the copies, and OUT/defects.cpp with the names"""
import pathlib
import sys

from defects import DEFECTS

HEAD = "namespace fas::test { int defect(); }\n"


def files():
    return sorted({edit.file for edits in DEFECTS.values() for edit in edits})


def once(text, part, what):
    if text.count(part) != 1:
        sys.exit(f"defect \"{what}\": {part!r} occurs {text.count(part)} times; mend tests/simulation/defects/defects.py")


def apply(text, edit, number, name):
    once(text, edit.within, name)
    once(edit.within, edit.text, name)
    chosen = f"::fas::test::defect() == {number}"
    if edit.statement:
        new = f"if ({chosen}) {{ {edit.mutant} }} else {{ {edit.text} }}"
    else:
        new = f"({chosen} ? ({edit.mutant}) : ({edit.text}))"
    return text.replace(edit.within, edit.within.replace(edit.text, new))


def main():
    if sys.argv[1:] == ["--files"]:
        print("\n".join(files()))
        return
    source, out = map(pathlib.Path, sys.argv[1:])
    texts = {file: (source / file).read_text() for file in files()}
    for number, (name, edits) in enumerate(DEFECTS.items(), 1):
        for edit in edits:
            texts[edit.file] = apply(texts[edit.file], edit, number, name)
    for file, text in texts.items():
        path = out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text)
    names = "".join(f'    "{name}",\n' for name in DEFECTS)
    (out / "defects.cpp").write_text(
        '#include "tests/simulation/defects/defect.h"\n\nnamespace fas::test {\n\n'
        f"const std::vector<std::string_view> kDefects = {{\n{names}}};\n\n}}  // namespace fas::test\n")


if __name__ == "__main__":
    main()
