#!/usr/bin/env perl
# The Python agent in servers whose code knows nothing of it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use List::Util qw(sum);
use POSIX ();
use Test::More;
use Agent;
use Seep;

my $python = '/usr/bin/python3';
my $injected = root() . '/harness/agents/python';
my $app = scratch() . '/app';
spit("$app/app.py", <<'END');
import os
from flask import Flask
app = Flask(__name__)
kept, buffer = [], bytearray()

@app.get("/")
def plain():
    return {"pid": os.getpid()}

@app.get("/float")
def leak_a_float():
    kept.append(len(kept) * 1.5)
    return {}

@app.get("/buffer")
def leak_in_a_buffer():
    buffer.extend(b"x" * 4096)
    return {}

async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"asgi"})
END

# (folder of the sockets, port, pid) of a command that serves on PORT.
sub serve {
    my ($sockets, @command) = @_;
    my ($folder, $port) = (agent_folder(), free_port());
    local @ENV{qw(PYTHONPATH SEEP_AGENT_DIR)} = ($injected, $folder);
    my $pid = start_server($port, $app, map { s/PORT/$port/r } @command);
    wait_until(sub { sockets($folder) >= $sockets });
    return ($folder, $port, $pid);
}

# The sockets of the processes that a server of ours started itself.
sub workers {
    return grep { figures($_)->{parent} != $$ } sockets($_[0]);
}

sub total { my $name = shift; return sum(map { figures($_)->{signals}{$name} } @_) }

# What one call of a target adds to a signal, over all processes of a server that is warm and has been read.
sub per_call {
    my ($folder, $port, $target, $name, $calls) = @_;
    my @all = sockets($folder);
    total($name, @all) for 1 .. 3;
    my $before = total($name, @all);
    is(get($port, $target, $calls), $calls, "$calls requests answered");
    return (total($name, @all) - $before) / $calls;
}

sub between {
    my ($got, $low, $high, $name) = @_;
    ok($got >= $low && $got <= $high, $name) or diag("got $got");
}

sub run_python {
    my ($environment, @arguments) = @_;
    local @ENV{keys %$environment} = values %$environment;
    open my $stderr, '>&', \*STDERR or die "stderr: $!";
    open STDERR, '>', scratch() . '/stderr';
    open my $pipe, '-|', $python, @arguments or die "python3: $!";
    local $/;
    my $said = <$pipe>;
    close $pipe;
    open STDERR, '>&', $stderr;
    return $said;
}

subtest 'gunicorn with two workers' => sub {
    my ($folder, $port, $pid) = serve(3, 'gunicorn', '-w', 2, '-b', '127.0.0.1:PORT', 'app:app');
    my @all = sockets($folder);
    is(scalar @all, 3, 'the master and both workers listen') or diag(join ' ', @all);
    my @figures = map { figures($_) } @all;
    is_deeply([sort map { $_->{parent} == $pid ? 'worker' : 'master' } @figures], ['master', 'worker', 'worker'], 'who is who');
    for my $index (0 .. $#all) {
        my $one = $figures[$index];
        like($all[$index], qr{/python-$one->{pid}-$one->{start_time}\.sock$}, 'its name');
        is((stat $all[$index])[2] & 0777, 0600, 'for its owner only');
        ok($one->{process}{$_} > 0, $_) for qw(rss_anon_bytes pss_bytes fds threads);
    }
    get($port, '/float', 1500);
    between(per_call($folder, $port, '/float', 'live_objects', 1500), 0.8, 1.2, 'one object per call');  # Flask has some of its own
    between(per_call($folder, $port, '/float', 'live_bytes', 2000), 34, 46, '32 bytes and a list slot per call');
    get($port, '/buffer', 300);
    between(per_call($folder, $port, '/buffer', 'live_bytes', 300), 3500, 4800, 'one object that gets longer');
    between(per_call($folder, $port, '/buffer', 'live_objects', 500), -0.15, 0.15, 'is no object more');
    is(figures($all[0], '/read')->{collected}, JSON::PP::false, 'without a collection it says so');
    is_deeply([map { (ask($all[0], $_))[0] } '/', '/read?gc=2', '/snapshot'], [404, 404, 409], 'what is refused');
    is(stop_server($pid), 0, 'the server ends as ever');
    is_deeply([sockets($folder)], [], 'and leaves no socket');
};

# A program that can read itself.
my $reads_itself = <<'END';
import glob, json, os, socket, sys, time
mine = os.environ["SEEP_AGENT_DIR"] + "/python-%d-*" % os.getpid()

def read():
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect("".join(glob.glob(mine)))
                client.sendall(b"GET /read?gc=1 HTTP/1.0\r\n\r\n")
                with client.makefile("rb") as answer:
                    return json.loads(answer.read().partition(b"\r\n\r\n")[2])["signals"]
        except OSError:
            time.sleep(0.01)
END

subtest 'it counts exactly' => sub {
    my $said = run_python({PYTHONPATH => $injected, SEEP_AGENT_DIR => agent_folder()}, '-c', <<"END");
$reads_itself
kept, buffer = [0.5] * 1000, bytearray()
for again in range(20):
    read()
before, slots = read(), sys.getsizeof(kept)
kept.extend(number * 1.5 for number in range(10000))
after = read()
print(after["live_objects"] - before["live_objects"],
      after["live_bytes"] - before["live_bytes"] - (sys.getsizeof(kept) - slots))
before = read()
buffer.extend(b"x" * 10000000)
print(read()["live_objects"] - before["live_objects"], read()["live_bytes"] - before["live_bytes"])
END
    my ($objects, $bytes, $more, $buffer) = split ' ', $said;
    between($objects, 9950, 10050, 'an object per float');
    between($bytes, 10000 * 32 - 20_000, 10000 * 32 + 20_000, 'and a slot of 32 bytes');
    between($more, -50, 50, 'no object for a buffer');
    between($buffer, 9_950_000, 10_050_000, 'but its bytes');
};

subtest 'readings leave nothing, and fail no request' => sub {
    my ($folder, $port) = serve(2, 'gunicorn', '-w', 1, '--threads', 4, '--preload', '-b', '127.0.0.1:PORT', 'app:app');
    my ($worker) = workers($folder);
    get($port, '/', 200);
    figures($worker) for 1 .. 10;
    my @objects = map { figures($worker)->{signals}{live_objects} } 1 .. 300;
    my @half = splice @objects, 150;
    between(($half[75] - $objects[75]) / 150, -1, 0.1, 'no object per reading');
    between((sort { $a <=> $b } @half)[-1] - (sort { $a <=> $b } @half)[0], 0, 100, 'nor do they swing');
    my $reader = fork() // die "fork: $!";
    if ($reader == 0) {
        figures($worker) for 1 .. 100;
        POSIX::_exit(0);
    }
    is(get($port, '/', 300), 300, 'all answered while it is read');
    waitpid $reader, 0;
};

subtest 'a snapshot names the line' => sub {
    my ($folder, $port) = serve(2, 'gunicorn', '-w', 1, '-b', '127.0.0.1:PORT', 'app:app');
    my ($worker) = workers($folder);
    is((ask($worker, '/snapshot/start'))[0], 200, 'started');
    is((ask($worker, '/snapshot/start'))[0], 200, 'again');
    get($port, '/float', 500);
    ok(!exists figures($worker)->{signals}{live_bytes}, 'no bytes are made up while pymalloc is hidden');
    my $snapshot = figures($worker, '/snapshot');
    is($snapshot->{source}, 'tracemalloc', 'its source');
    my ($first, @rest) = map { @{$_->{sites}} } $snapshot;
    my ($site) = grep { $_->{site} eq "$app/app.py:12" } $first, @rest;
    between($site->{objects}, 450, 502, 'objects');  # some floats are reused: made before the start
    between($site->{bytes}, 450 * 24 + 4000, 500 * 24 + 6000, 'bytes');
    is_deeply([grep { $_->{site} =~ m{agents/python|<frozen importlib} } @rest], [], 'nothing of ours');
    is((ask($worker, '/snapshot/stop'))[0], 200, 'stopped');
    is((ask($worker, '/snapshot'))[0], 409, 'nothing is kept');
    ok(figures($worker)->{signals}{live_bytes} > 0, 'bytes again');
};

subtest 'other servers' => sub {
    my @servers = (
        ['gunicorn with gevent', 'gevent', 2, 'gunicorn', '-k', 'gevent', '-w', 1, '-b', '127.0.0.1:PORT', 'app:app'],
        ['uvicorn', 'uvicorn', 1, $python, '-m', 'uvicorn', '--port', 'PORT', 'app:asgi'],
        ['uwsgi', undef, 3, 'uwsgi', '--plugin', 'python3', '--master', '--processes', 2, '--die-on-term', '--disable-logging',
            '--http-socket', '127.0.0.1:PORT', '--module', 'app:app'],
    );
    local @ENV{qw(UWSGI_ENABLE_THREADS UWSGI_PY_CALL_OSAFTERFORK)} = (1, 1);
    for my $server (@servers) {
        my ($name, $module, $count, @command) = @$server;
        SKIP: {
            my $there = $module ? run_python({}, '-c', "import importlib.util as u; print(u.find_spec('$module') is not None)")
                : -e '/usr/lib/uwsgi/plugins/python3_plugin.so' ? 'True' : '';
            skip "$name is not installed", 1 if $there !~ /True/;
            my ($folder, $port, $pid) = serve($count, @command);
            is(scalar sockets($folder), $count, "$name: every process listens");
            is(get($port, '/', 20), 20, "$name: answers");
            my @figures = map { figures($_) } sockets($folder);
            is(scalar(grep { $_->{signals}{live_objects} > 10000 && $_->{signals}{live_bytes} > 1e6 } @figures), $count,
                "$name: is read");
            is(get($port, '/', 20), 20, "$name: still answers");
            stop_server($pid);
            is(scalar(grep { (ask($_, '/read'))[0] } sockets($folder)), 0, "$name: nobody answers afterwards");
        }
    }
};

subtest 'what the application sees' => sub {
    my $folder = agent_folder();
    my %with = (PYTHONPATH => $injected, SEEP_AGENT_DIR => $folder);
    my $linger = 'import time; time.sleep(0.3); import glob; print(len(glob.glob("' . $folder . '/*")))';
    is(run_python(\%with, '-c', $linger), "1\n", 'a socket');
    is(run_python(\%with, $_, '-c', $linger), "0\n", "none under $_") for '-I', '-E', '-S';
    is(run_python({%with, SEEP_AGENT_DIR => ''}, '-c', $linger), "0\n", 'none without a folder');
    is(run_python({%with, SEEP_AGENT_DIR => "$folder/none"}, '-c', 'import time; time.sleep(0.2); print(1)'), "1\n",
        'a folder that is not there is no error');

    my $own = scratch() . '/own';
    spit("$own/sitecustomize.py", "import builtins\nbuiltins.mine = __file__\n");
    my $look = 'import sitecustomize, sys; print(mine, sitecustomize.__file__, [p for p in sys.path if "agents" in p])';
    is(run_python({%with, PYTHONPATH => "$injected:$own"}, '-c', $look),
        "$own/sitecustomize.py $own/sitecustomize.py []\n", "the application's own sitecustomize is the one");
    spit("$own/sitecustomize.py", "raise ValueError\n");
    my @ended = map { [run_python({%with, PYTHONPATH => $_}, '-c', 'print(1)'), $?, slurp(scratch() . '/stderr')] } $own, "$injected:$own";
    is_deeply($ended[1], $ended[0], 'its errors are what they were');
    like($ended[0][2], qr/Error in sitecustomize.*ValueError/s, 'and told');
    my $alone = 'import sys; print("sitecustomize" in sys.modules, "threading" in sys.modules, '
        . 'len([p for p in sys.path if "agents" in p]))';
    is(run_python({%with, PYTHONPATH => $injected}, '-s', '-c', $alone) =~ s/^True/False/r, "False False 0\n", 'no trace');

    is(run_python({%with, PYTHONMALLOC => 'malloc'}, '-c', <<"END"), "['live_bytes']\n", 'live_objects is left out, not 0');
$reads_itself
print(sorted(read()))
END
    is_deeply([sockets($folder)], [], 'no socket is left');
};

subtest 'forks and helpers' => sub {
    my $folder = agent_folder();
    my %with = (PYTHONPATH => $injected, SEEP_AGENT_DIR => $folder);
    is(run_python(\%with, '-c', <<'END'), "2 1 [0, 0, 0] True\n", 'each child has its own; none takes the parent\'s');
import glob, os, signal, subprocess, sys, time
folder = os.environ["SEEP_AGENT_DIR"]
mine = "%s/python-%d-*" % (folder, os.getpid())
time.sleep(0.3)
child = os.fork()
if child == 0:
    time.sleep(0.3)
    print(len(glob.glob(folder + "/*")), end=" ", flush=True)
    sys.exit()
os.waitpid(child, 0)
print(len(glob.glob(folder + "/*")), end=" ", flush=True)
codes = []
for burst in range(3):
    helpers = [subprocess.Popen([sys.executable, "-c", "pass"], preexec_fn=os.getpid) for _ in range(8)]
    codes.append(sum(helper.wait() for helper in helpers))
print(codes, end=" ")
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
os.kill(os.getpid(), signal.SIGUSR1)
print(heard == [1] and len(glob.glob(mine)) == 1)
END
    is(scalar(grep { (ask($_, '/read'))[0] } sockets($folder)), 0, 'nobody answers afterwards');  # exec may leave a socket
};

done_testing();
