"""Tells sockettool, which traces this program, where in its main script every thread is.

Python imports this module when it starts, because sockettool has put it on PYTHONPATH. What is told
are calls of the operating system on descriptors that no program can have: they fail, nothing comes
of them, and the tracer sees them between the program's own. timeline/script.c is the other end."""


def _tell_lines():
    import os
    import sys
    import threading

    none = -0x80000000
    ran, returned, path, text = none, none + 0x10000000, none + 0x20000000, none + 0x20000001
    tell = os.isatty  # It fails without an exception, and is the cheapest call that does.
    names = []  # The script's; before it begins, none.

    def write(descriptor, data):
        try:
            os.write(descriptor, data)
        except OSError:
            pass

    def introduce():
        write(path, os.fsencode(names[0]))
        try:
            with open(names[0], "rb") as file:
                write(text, file.read(0x100000))
        except (OSError, ValueError):
            write(text, b"")

    def tell_where(frame):
        while frame is not None and frame.f_code.co_filename not in names:
            frame = frame.f_back
        tell(returned + (frame.f_lineno or 0 if frame is not None else 0))

    def in_script(frame, event, _):
        if event == "line":
            tell(ran + frame.f_lineno)
        elif event == "return":
            tell_where(frame.f_back)
        return in_script

    def anywhere(frame, _, __):
        return in_script if frame.f_code.co_filename in names else None

    def after_fork():
        introduce()
        tell_where(sys._getframe())

    def before_script(frame, _, __):
        if frame.f_globals.get("__name__") != "__main__":
            return None
        names.append(frame.f_code.co_filename)
        introduce()
        os.register_at_fork(after_in_child=after_fork)
        threading.settrace(anywhere)
        sys.settrace(anywhere)
        return in_script

    # Python before 3.7 runs this file too, and shall take no harm.
    if hasattr(os, "register_at_fork"):
        sys.settrace(before_script)


def _import_hidden():
    """Imports the module of this name that would have been imported without this one."""
    import os
    import sys

    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    own = sys.modules.pop(__name__)
    try:
        import sitecustomize
    except ImportError as error:
        # Python 2 does not say what it did not find, and goes on.
        if getattr(error, "name", None) != __name__:
            raise
    finally:
        # The importer wants to find a module of this name when it is done.
        sys.modules.setdefault(__name__, own)


_tell_lines()
_import_hidden()
