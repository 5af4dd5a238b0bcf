"""Types into a real interactive shell, presses TAB, and tells what the line became.

    type_tab.py bash|zsh|fish CLEW FOLDER LINE...

FOLDER becomes the current one and holds what the shell keeps. Each LINE is typed, with TAB and then
Enter; the words that clew would have got come out, a line for each. Exits 1 if the shell does not
answer in time.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

shell, clew, folder = sys.argv[1:4]
answer_time = 20  # Seconds; a busy machine has time.
quiet = 0.3

os.chdir(folder)
# Completion asks the real one; what is run in the end tells its words.
os.mkdir("bin")
with open("bin/clew", "w") as teller:
    teller.write(f'''#!/bin/sh
case $1 in
  __complete | completion) exec {clew} "$@" ;;
esac
echo "<<$*>>"
''')
os.chmod("bin/clew", 0o755)
environment = {"PATH": folder + "/bin:/usr/bin:/bin", "HOME": folder, "TERM": "dumb",
               "LANG": "C.UTF-8", "COLUMNS": "300", "LINES": "50", "PS1": "$ ",
               "XDG_CONFIG_HOME": folder + "/.config", "XDG_DATA_HOME": folder + "/.data"}
if shell == "bash":
    start = ["bash", "--norc", "--noprofile", "-i"]
    setup = ['bind "set bell-style none"; bind "set enable-bracketed-paste off"; '
             'bind "set completion-query-items 500"; bind "set page-completions off"',
             'eval "$(clew completion bash)"']
elif shell == "zsh":
    start = ["zsh", "-f", "-i"]
    setup = ["unsetopt zle_bracketed_paste beep; autoload -Uz compinit; compinit -u -D; LISTMAX=500; PS1='$ '",
             'eval "$(clew completion zsh)"']
else:
    start = ["fish", "--no-config", "-i"]
    setup = ["function fish_prompt; printf '$ '; end; set fish_greeting",
             "clew completion fish | source"]


def spawn():
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(start[0], start, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 300, 0, 0))
    return terminal


def read_until_quiet(terminal, wanted=None):
    """All that comes until nothing has come for a while, and `wanted` was there."""
    text, last, deadline = "", time.monotonic(), time.monotonic() + answer_time
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.05)
        if ready:
            try:
                text += os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                return text
            last = time.monotonic()
        elif time.monotonic() - last > quiet and (wanted is None or re.search(wanted, text)):
            return text
    sys.exit(f"{shell} did not answer; it said: {text!r}")


terminal = spawn()
read_until_quiet(terminal, r"[$>%#] ?")
for line in setup + ["echo re''ady"]:
    os.write(terminal, (line + "\n").encode())
read_until_quiet(terminal, "ready")
for line in sys.argv[4:]:
    os.write(terminal, line.encode())
    read_until_quiet(terminal)
    os.write(terminal, b"\t")
    read_until_quiet(terminal)
    os.write(terminal, b"\n")
    said = read_until_quiet(terminal, r"<<[^>]*>>")
    print(re.search(r"<<([^>]*)>>", said)[1])
os.close(terminal)  # Hangs up.
