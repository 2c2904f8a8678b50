#!/usr/bin/env python3
"""Breaks one operator at a time, and counts how many of these mutants the unit
tests catch.

    mutants.py [--stride N] [--jobs N] [--show | --again] [MODULE...]

MODULE is a file such as lib/plan.c; default: all of the table below. --stride N
takes every Nth mutant: the same ones each time. --show prints them and ends;
--again prints the table of the runs before, with equivalent.txt as it is now.

Of each module copies are made below build/mutants, each with one change:
relational operators, && and ||, + and -, a ! that is taken away, 0 and 1, true
and false, an error that becomes 0, a goto out that is left out. The object is
built as make does it, linked before the libraries, and the tests of the noun run
in the order of the table, until one fails: first without instruments, which is
quick, then what has survived with sanitizers. A test that takes ten times as
long as it should has failed. The work tree is not touched.

A mutant that compiles to the same machine code as the original is none. Those
that behave the same although they do not are in tests/mutants/equivalent.txt,
each with its reason; the file may hold one in twenty at most, and an entry that
fits no mutant, or one that is caught, is an error.

Prints a table; survivors are in build/mutants/survivors.txt. Ends with 1 when
less than 90 of 100 are caught.
"""
import argparse
import concurrent.futures
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLACE = 'build/mutants'
WAYS = [(PLACE + '/plain', ['CFLAGS=-O0', 'HARDEN=', 'STATIC_LIBS=no']),
        (PLACE + '/asan', ['SANITIZE=1'])]
MEMORY = 4 << 30
running = set()  # our children
GOAL = 90
RESULTS = PLACE + '/results.txt'
EQUIVALENT = 'tests/mutants/equivalent.txt'

LIST_TESTS = ['test_copylist', 'test_copylist_head', 'test_copylist_select',
              'publish/test_publish', 'publish/test_components']
TESTS = {
    'lib/copylist': LIST_TESTS,
    'lib/inifile': ['test_inifile', 'test_inifile_other', 'test_iniproof'],
    'lib/iniedit': ['test_iniedit', 'test_smsini'],
    'lib/plan': ['test_plan', 'test_update'],
    'lib/journal': ['test_journal', 'test_update'],
}


def modules():
    names = sorted(os.listdir(os.path.join(TOP, 'lib')))
    return ['lib/' + n for n in names
            if re.fullmatch(r'(copylist|plan)(_\w+)?\.c|inifile\.c|iniedit\.c'
                            r'|journal\.c', n)]


def tests_of(module):
    return TESTS[max((t for t in TESTS if module.startswith(t)), key=len)]


# What is changed, by what.
CHANGES = [
    (r'(?<=\s)==(?=\s)', ['!=']),
    (r'(?<=\s)!=(?=\s)', ['==']),
    (r'(?<=\s)<(?=\s)', ['<=', '>=']),
    (r'(?<=\s)>(?=\s)', ['>=', '<=']),
    (r'(?<=\s)<=(?=\s)', ['<', '>']),
    (r'(?<=\s)>=(?=\s)', ['>', '<']),
    (r'&&', ['||']),
    (r'\|\|', ['&&']),
    (r'(?<=[\w)\]] )\+(?= )', ['-']),
    (r'(?<=[\w)\]] )-(?= )', ['+']),
    (r'\+=', ['-=']),
    (r'-=', ['+=']),
    (r'\+\+', ['--']),
    (r'--', ['++']),
    (r'!(?=[\w(])', ['']),
    (r'(?<![\w.\'])0(?![\w.\'])', ['1']),
    (r'(?<![\w.\'])1(?![\w.\'])', ['0']),
    (r'\btrue\b', ['false']),
    (r'\bfalse\b', ['true']),
    (r'(?<=return )ERR_\w+(?=;)', ['0']),
    (r'(?<== )ERR_\w+(?=;)', ['0']),
    (r'\bgoto out;', [';']),
]


def blanked(text):
    """The text with comments, literals and directives as blanks."""
    def blank(m):
        return re.sub(r'[^\n]', ' ', m[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
                  r'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', blank, text,
                  flags=re.S | re.M)


class Mutant:
    def __init__(self, module, text, start, end, new):
        self.module = module
        self.start, self.end, self.new = start, end, new
        self.old = text[start:end]
        begin = text.rfind('\n', 0, start) + 1
        stop = text.find('\n', start)
        self.line = text.count('\n', 0, start) + 1
        self.before = text[begin:stop].strip()
        self.after = (text[begin:start] + new + text[end:stop]).strip()
        above = re.findall(r'^(\w+)\(', text[:start], re.M)
        self.function = above[-1] if above else '-'
        self.result = None

    def key(self):
        return '%s:%s: %s => %s' % (self.module, self.function, self.before,
                                    self.after)

    def __str__(self):
        return '%s:%d: %s\n\t=> %s' % (self.module, self.line, self.before,
                                       self.after)


def mutants_of(module):
    with open(os.path.join(TOP, module), encoding='utf-8') as f:
        text = f.read()
    code = blanked(text)
    found = []
    for pattern, replacements in CHANGES:
        for m in re.finditer(pattern, code):
            for new in replacements:
                found.append(Mutant(module, text, m.start(), m.end(), new))
    return sorted(found, key=lambda m: (m.start, m.new))


def make(way, *words):
    """Of the base build of a way; what make says."""
    base, settings = way
    env = {k: v for k, v in os.environ.items()
           if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
    return subprocess.run(['make', 'B=' + base, *settings, *words], cwd=TOP,
                          env=env, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def last_gcc(way, target):
    """The words of the command that makes a target."""
    said = make(way, '-n', '-B', target).replace('\\\n', ' ')
    lines = [c for c in said.splitlines() if c.startswith('gcc ')
             and re.search(r'-o %s( |$)' % re.escape(target), c)]
    return shlex.split(lines[-1])


def with_output(command, path):
    command = list(command)
    command[command.index('-o') + 1] = path
    return command


def run(command, limit, limited=False):
    """The exit code, or None when the time is over."""
    env = dict(os.environ, CMOCKA_TEST_ABORT='1', ASAN_OPTIONS=(
        'hard_rss_limit_mb=2048:max_allocation_size_mb=1024'))
    child = subprocess.Popen(command, cwd=TOP, env=env,
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL,
                             start_new_session=True)
    running.add(child.pid)
    try:
        if limited:
            limit_memory(child.pid)
        return child.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return None
    finally:
        running.discard(child.pid)


def limit_memory(pid):
    try:
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ProcessLookupError:
        pass    # it is done already


def stop(number, _):
    """Nothing of ours goes on when we are ended."""
    for pid in list(running):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os._exit(128 + number)


class Way:
    """The commands of one way to build, and how long its tests take where
    nothing is broken."""
    def __init__(self, way, names):
        self.plain = way is WAYS[0]
        tests = sorted({t for m in names for t in tests_of(m)})
        programs = {t: '%s/unit/%s' % (way[0], t) for t in tests}
        make(way, '-s', '-j2', *programs.values())
        self.compile = {m: last_gcc(way, '%s/%s.o' % (way[0], m[:-2]))
                        for m in names}
        self.link, self.limit = {}, {}
        for test, program in programs.items():
            self.link[test] = last_gcc(way, program)
            began = time.monotonic()
            if run([os.path.join(TOP, program)], 300, self.plain) != 0:
                sys.exit('mutants: %s fails where nothing is broken' % test)
            self.limit[test] = 5 + 10 * (time.monotonic() - began)

    def judge(self, module, source):
        made = source[:-2] + '.o'
        command = with_output(self.compile[module], made)
        command = [source if w == module else w for w in command]
        if run(command + ['-w', '-g0'], 120) != 0:
            return 'not compiled'
        for test in tests_of(module):
            program = os.path.dirname(source) + '/test'
            link = with_output(self.link[test], program)
            first = next(i for i, w in enumerate(link) if w.endswith('.a'))
            if run(link[:first] + [made] + link[first:], 120) != 0:
                return 'not compiled'
            if run([os.path.join(TOP, program)], self.limit[test],
                   self.plain) != 0:
                return 'caught'
        return 'survived'


class Bench:
    """Where mutants are judged."""
    def __init__(self, names):
        self.ways = [Way(w, names) for w in WAYS]
        self.code = {m: self.machine_code(m, self.text(m)) for m in names}

    @staticmethod
    def text(module):
        with open(os.path.join(TOP, module), encoding='utf-8') as f:
            return f.read()

    def machine_code(self, module, text):
        """What a plain optimised build makes of it."""
        flags = [f for f in self.ways[0].compile[module][1:-1]
                 if not f.startswith(('-f', '-M', '-O', '-g', '-W'))]
        del flags[flags.index('-o'):flags.index('-o') + 2]
        out = '%s/code.%d.o' % (PLACE, id(text))
        subprocess.run(['gcc', '-O2', '-w', *flags, '-x', 'c', '-o', out, '-'],
                       cwd=TOP, input=text.encode(), check=True)
        with open(os.path.join(TOP, out), 'rb') as f:
            code = f.read()
        os.unlink(os.path.join(TOP, out))
        return code

    def judge(self, mutant, folder):
        text = self.text(mutant.module)
        text = text[:mutant.start] + mutant.new + text[mutant.end:]
        source = '%s/%s' % (folder, os.path.basename(mutant.module))
        with open(os.path.join(TOP, source), 'w', encoding='utf-8') as f:
            f.write(text)
        result = self.ways[0].judge(mutant.module, source)
        if result != 'survived':
            return result
        if self.machine_code(mutant.module, text) == self.code[mutant.module]:
            return 'the same'
        return self.ways[1].judge(mutant.module, source)


def excuses():
    """Lines of equivalent.txt: "FILE:FUNCTION: LINE => LINE" and the reason, indented."""
    found, key = {}, None
    with open(os.path.join(TOP, EQUIVALENT), encoding='utf-8') as f:
        for line in f:
            if line.startswith('#') or not line.strip():
                continue
            if not line[0].isspace():
                key = line.rstrip('\n')
                found[key] = ''
            elif key is not None:
                found[key] += line.strip()
    for key, reason in found.items():
        if not reason:
            sys.exit('mutants: %s: no reason: %s' % (EQUIVALENT, key))
    return found


def work(bench, mutants, jobs):
    folders = ['%s/work%d' % (PLACE, i) for i in range(jobs)]
    for folder in folders:
        os.makedirs(os.path.join(TOP, folder), exist_ok=True)
    free = list(folders)

    def one(mutant):
        folder = free.pop()
        try:
            mutant.result = bench.judge(mutant, folder)
            if mutant.result == 'survived':
                print('survived: %s' % mutant, file=sys.stderr, flush=True)
        finally:
            free.append(folder)
        return mutant

    done = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for _ in pool.map(one, mutants):
            done += 1
            if done % 50 == 0:
                print('  %d of %d' % (done, len(mutants)), file=sys.stderr,
                      flush=True)
    for folder in folders:
        shutil.rmtree(os.path.join(TOP, folder))


def keep(mutants):
    """What was found, for --again and to look at; of modules that were not asked
    for, what was found before."""
    names = {m.module for m in mutants}
    with open(os.path.join(TOP, RESULTS), 'a+', encoding='utf-8') as f:
        f.seek(0)
        others = [line for line in f
                  if line.split('\t')[3].split(':')[0] not in names]
    with open(os.path.join(TOP, RESULTS), 'w', encoding='utf-8') as f:
        f.writelines(others)
        f.writelines('%s\t%d\t%s\t%s\n' % (m.result, m.start, m.new, m.key())
                     for m in mutants)
    with open(os.path.join(TOP, PLACE, 'survivors.txt'), 'w',
              encoding='utf-8') as f:
        f.writelines('%s\n' % m for m in mutants if m.result == 'survived')


def remember(mutants):
    """Those of the run before."""
    with open(os.path.join(TOP, RESULTS), encoding='utf-8') as f:
        known = {tuple(line.rstrip('\n').split('\t')[1:]): line.split('\t')[0]
                 for line in f}
    for m in mutants:
        m.result = known.get((str(m.start), m.new, m.key()))
    return [m for m in mutants if m.result is not None]


def table(mutants, excused):
    """Prints it; the share of the mutants that are caught."""
    columns = ['mutants', 'caught', 'survived', 'equivalent', 'the same',
               'not compiled']
    print('%-28s %8s %8s %8s %10s %9s %12s %7s' % ('module', *columns, '%'))
    share = 100.0
    for name in sorted({m.module for m in mutants}) + ['all']:
        of = [m for m in mutants if name in ('all', m.module)]
        for m in of:
            if m.result == 'survived' and m.key() in excused:
                m.result = 'equivalent'
        count = {c: sum(m.result == c for m in of) for c in columns[1:]}
        judged = count['caught'] + count['survived']
        share = 100.0 * count['caught'] / judged if judged else 100.0
        print('%-28s %8d %8d %8d %10d %9d %12d %7.1f' % (
            name, len(of), *(count[c] for c in columns[1:]), share))
    return share


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--stride', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--show', action='store_true')
    parser.add_argument('--again', action='store_true')
    parser.add_argument('module', nargs='*')
    o = parser.parse_args()
    names = o.module or modules()
    mutants = [m for n in names for m in mutants_of(n)]
    keys = {m.key() for m in mutants}
    excused = excuses()
    if 20 * len(excused) > len(mutants) and not o.module:
        sys.exit('mutants: %s: too many' % EQUIVALENT)
    mutants = mutants[::o.stride]
    if o.show:
        print('\n'.join(str(m) for m in mutants))
        return 0
    os.makedirs(os.path.join(TOP, PLACE), exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    began = time.monotonic()
    if o.again:
        mutants = remember(mutants)
    else:
        work(Bench(names), mutants, o.jobs)
        keep(mutants)
    share = table(mutants, excused)
    print('%d s; survivors: %s/survivors.txt' % (time.monotonic() - began, PLACE))
    bad = share < GOAL
    for key in excused:
        if key.split(':')[0] not in names:
            continue
        if key not in keys:
            print('mutants: %s: no such mutant: %s' % (EQUIVALENT, key))
            bad = True
        elif any(m.key() == key and m.result == 'caught' for m in mutants):
            print('mutants: %s: it is caught: %s' % (EQUIVALENT, key))
            bad = True
    print('%s mutants: %.1f of 100 caught' % ('FAIL' if bad else 'ok', share))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
