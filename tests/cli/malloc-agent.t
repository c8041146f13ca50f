#!/usr/bin/env perl
# The malloc agent in real programs: its counts against books of a program's own, against what a C server leaks; how it
# answers; that programs of other kinds work with it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(WNOHANG);
use Test::More;
use Seep;

$ENV{PATH} .= ':/usr/sbin:/sbin';
my $build = $ENV{BUILD} // root() . '/build';
our $agent = "$build/libseep-malloc.so";
our $room = scratch() . '/agents';

mkdir $room, 0700;
delete $ENV{SEEP_AGENT_DIR};
$SIG{PIPE} = 'IGNORE';

sub which { my ($name) = @_; return (grep { -x } map { "$_/$name" } split /:/, $ENV{PATH})[0] }

# The sockets of a process, or of all.
sub sockets { my ($pid) = @_; $pid //= '*'; return glob("$room/malloc-$pid-*.sock") }

sub connect_to { return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $_[0]) }

# Sends as it stands, returns the whole answer.
sub raw {
    my ($path, $request) = @_;
    my $socket = connect_to($path) or return '';
    print $socket $request;
    $socket->flush;
    local $/;
    return scalar(<$socket>) // '';
}

sub get { my ($path, $url) = @_; return raw($path, "GET $url HTTP/1.0\r\n\r\n") }
sub body { my ($answer) = @_; return $answer =~ /\r\n\r\n(.*)\z/s ? $1 : '' }
sub reading { my ($path) = @_; my $text = body(get($path, '/read?gc=1')); return $text eq '' ? undef : decode_json($text) }

# Runs a command under the agent to its end; {exit, out}.
sub under {
    my (@command) = @_;
    my $out = scratch() . '/under.out';
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $out;
        open STDERR, '>', "$out.err";
        @ENV{qw(LD_PRELOAD SEEP_AGENT_DIR)} = ($agent, $room);
        exec @command or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return {exit => $?, out => slurp($out), err => slurp("$out.err")};
}

sub start_under {
    local @ENV{qw(LD_PRELOAD SEEP_AGENT_DIR)} = ($agent, $room);
    return start_server(@_);
}

# A client that keeps its connection.
sub client {
    my ($port) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
    return sub {
        my ($path) = @_;
        print $socket "GET $path HTTP/1.1\r\nHost: x\r\n\r\n";
        $socket->flush;
        my ($status, $length) = ('', 0);
        while (defined(my $line = <$socket>)) {
            $status = $1 if $line =~ m{^HTTP/1\.1 (\d+)};
            $length = $1 if $line =~ /^content-length: (\d+)/i;
            last if $line eq "\r\n";
        }
        read($socket, my $body, $length);
        return $status;
    };
}

# The program that keeps books of its own says one line per claim.
sub torture {
    my ($name, $program, $preload) = @_;
    SKIP: {
        skip("no $program: it is built where musl-gcc is there", 1) if !-x $program;
        local $ENV{TORTURE_LIBRARY} = $name eq 'glibc' ? 'libz.so.1' : undef;
        delete $ENV{TORTURE_LIBRARY} if !defined $ENV{TORTURE_LIBRARY};
        local $agent = $preload;
        my $ran = under($program);
        my @lines = grep { /^(not )?ok/ } split /\n/, $ran->{out};
        is($ran->{exit}, 0, "$name: the program ends well") or diag($ran->{err});
        ok(@lines > 40 && $ran->{out} =~ /done\n\z/, "$name: and all its trials ran");
        ok($_ !~ /^not/, "$name: " . s/^(not )?ok - //r) for @lines;
    }
}

sub counts_leaks {
    my ($socket, $request) = @_;
    $request->('/leak') for 1 .. 3;
    my $before = reading($socket);
    my $good = grep { $request->($_) == 200 } map { ('/leak?bytes=40', '/ok?bytes=5000') } 1 .. 2000;
    my $after = reading($socket);
    is($good, 4000, 'no request fails');
    is($after->{signals}{live_objects} - $before->{signals}{live_objects}, 2000, '2,000 leaks are 2,000 objects');
    is($after->{signals}{live_bytes} - $before->{signals}{live_bytes}, 80_000, 'of 40 bytes');
}

sub names_leaks {
    my ($socket, $request) = @_;
    like(get($socket, '/snapshot'), qr{^HTTP/1\.0 409 }, 'a snapshot before its start is refused');
    like(get($socket, '/snapshot/start?every=none'), qr{^HTTP/1\.0 400 }, 'so is a mean that is no number');
    like(get($socket, '/snapshot/start'), qr{^HTTP/1\.0 200 }, 'it starts');
    like(get($socket, '/snapshot/start?every=4096'), qr{"every_bytes":1024}, 'a second start changes nothing');
    $request->($_) for map { ('/leak?bytes=40', '/ok?bytes=5000') } 1 .. 2000;
    my $snapshot = decode_json(body(get($socket, '/snapshot')));
    is("$snapshot->{seep_sites} $snapshot->{source}", '1 malloc', 'it says what it is');
    my ($first, @rest) = sort { $b->{bytes} <=> $a->{bytes} } @{$snapshot->{sites}};
    like($first->{site}, qr/^keep\+0x[0-9a-f]+ \(native\) < /, 'the first site is the static function that keeps');
    # 79 samples are expected: a third of them is three standard errors
    ok($first->{objects} > 2000 * 0.6 && $first->{objects} < 2000 * 1.4, "with about 2,000 objects ($first->{objects})");
    is(scalar(grep { $_->{site} =~ /^use\+/ } @rest), 0, 'what was freed is not there');
    like(get($socket, '/snapshot/stop'), qr{^HTTP/1\.0 200 }, 'it stops');
}

sub answers {
    my ($socket, $pid) = @_;
    my $reading = reading($socket);
    my ($start_time) = slurp("/proc/$pid/stat") =~ /\) (?:\S+ ){19}(\d+)/;
    is_deeply([@$reading{qw(agent pid start_time parent)}], ['malloc', $pid, $start_time, $$], 'who it is');
    is($socket, "$room/malloc-$pid-$start_time.sock", 'and so is the name of the socket');
    ok($reading->{collected}, 'collected, since nothing awaits collection');
    my $process = $reading->{process};
    is($process->{threads} + 1, scalar(my @threads = glob "/proc/$pid/task/*"), 'threads, without its own');
    is($process->{fds}, scalar(my @descriptors = glob "/proc/$pid/fd/*"), 'descriptors, without its own');
    ok($process->{rss_anon_bytes} > 0 && $process->{pss_bytes} > 0, 'what is resident');
    is((stat $socket)[2] & 0777, 0600, 'the socket is its owner\'s');
    my %wrong = ('GET' => '', '' => '', "\r\n\r\n" => 400, "GET /read\r\n\r\n" => 400, "POST /read HTTP/1.0\r\n\r\n" => 400,
        "GET /none HTTP/1.0\r\n\r\n" => 404, "GET /readx HTTP/1.0\r\n\r\n" => 404, 'x' x 5000 => '',
        'GET /' . 'y' x 3000 . " HTTP/1.0\r\n\r\n" => 404, "GET /read\0 HTTP/1.0\r\n\r\n" => '');
    for my $request (sort keys %wrong) {
        my $shown = length $request > 40 ? substr($request, 0, 20) . '...' : $request =~ s/([^ -~])/sprintf '\x%02x', ord $1/ger;
        my $client = connect_to($socket);
        print $client $request;
        $client->flush;
        shutdown $client, 1;
        local $/;
        my ($status) = (scalar(<$client>) // '') =~ m{^HTTP/1\.0 (\d+)};
        is($status // '', $wrong{$request}, "'$shown' is answered " . ($wrong{$request} || 'with nothing'));
    }
    my @hanging = map { connect_to($socket) } 1 .. 2;
    ok(defined reading($socket), 'two clients that say nothing delay, but do not prevent');
    my @both = map { my $client = connect_to($socket); print $client "GET /read HTTP/1.0\r\n\r\n"; $client->flush; $client } 1, 2;
    is(scalar(grep { my $client = $_; local $/; <$client> =~ /"live_bytes":/ } @both), 2, 'two at once are both answered');
}

sub native {
    local $ENV{LEAK} = 'on';
    my $port = free_port();
    my $pid = start_under($port, scratch(), "$build/servers/native", $port);
    my ($socket) = sockets($pid);
    my $request = client($port);
    counts_leaks($socket, $request);
    names_leaks($socket, $request);
    answers($socket, $pid);
    kill 'TERM', $pid;
    waitpid $pid, 0;
    ok(!-e $socket, 'a normal exit takes the socket away');
}

# Where the socket may be, and how wide.
sub directories {
    my %expected = (0700 => qr/^srw-------/m, 02770 => qr/^srw-rw----/m, 0755 => qr/\A(total 0\n)?\z/);
    for my $mode (sort { $a <=> $b } keys %expected) {
        local $room = sprintf '%s/mode%o', scratch(), $mode;
        mkdir $room;
        chmod $mode, $room;
        like(under('sh', '-c', 'ls -l $SEEP_AGENT_DIR; true')->{out}, $expected{$mode}, sprintf 'a directory of mode %o', $mode);
    }
    local $room = '/nonexistent/agents';
    is(under('sh', '-c', 'echo fine; exit 7')->{exit} >> 8, 7, 'without its directory the program runs as ever');
    my $threads = `env -u SEEP_AGENT_DIR LD_PRELOAD=$agent sh -c 'grep Threads: /proc/\$\$/status; true'`;
    is($threads, "Threads:\t1\n", 'without $SEEP_AGENT_DIR there is no thread');
}

# A kernel without close_range, and one that lets no thread have descriptors of its own.
sub old_kernels {
    my $threads = 'import os; print(len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")), len(os.listdir(os.environ["SEEP_AGENT_DIR"])))';
    my @inject = map { ('-e', "inject=$_:error=ENOSYS") } qw(close_range unshare);
    local $room = scratch() . '/old';
    mkdir $room, 0700;
    SKIP: {
        my @strace = ('strace', '-f', '-o', '/dev/null', '-E', "LD_PRELOAD=$agent", '-e', 'trace=close_range,unshare');
        my $look = sub { local $agent = ''; return under(@strace, @_, '/usr/bin/python3', '-c', $threads) };
        my $as_is = $look->();
        skip('strace cannot trace here', 2) if $as_is->{err} =~ /Operation not permitted/;
        is($look->(@inject[0, 1])->{out}, $as_is->{out}, 'without close_range all is as with it');
        like($look->(@inject)->{out}, qr/^1 \d+ 0\n/, 'without unshare as well there is no agent, and the program runs');
    }
}

# The agent holds nothing open that the program closes.
sub end_of_file {
    local @ENV{qw(LD_PRELOAD SEEP_AGENT_DIR)} = ($agent, $room);
    pipe my $wait, my $go or die "pipe: $!";
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<&', $wait;
        close $go;
        exec 'sh', '-c', 'echo said; exec >&-; read -r line; true' or POSIX::_exit(127);
    }
    close $wait;
    delete @ENV{qw(LD_PRELOAD SEEP_AGENT_DIR)};
    local $/;
    is(scalar(<$out>), "said\n", 'what the program closes is closed');
    is(waitpid($pid, WNOHANG), 0, 'though it runs on');
    close $go;
    close $out;
}

sub python {
    my $ran = under('/usr/bin/python3', '-c', <<'END');
import os, socket, subprocess, threading, zlib, glob
kept = [bytes(i % 3000) for i in range(50000)]
threads = [threading.Thread(target=lambda: [bytearray(700) for _ in range(20000)]) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
assert subprocess.run(["echo", "child"], capture_output=True).stdout == b"child\n"
pid = os.fork()
if pid == 0: os._exit(0 if glob.glob(os.environ["SEEP_AGENT_DIR"] + "/malloc-%d-*" % os.getpid()) else 1)
print("worked", os.waitpid(pid, 0)[1], len(zlib.compress(b"x" * 1000000)) < 2000)
END
    is($ran->{out}, "worked 0 True\n", 'python3 works: threads, fork, a program that it starts') or diag($ran->{err});
}

sub node {
    SKIP: {
        my $node = which('node') or skip('no node', 1);
        my $ran = under($node, '-e', <<'END');
const http = require('http'), { execFileSync } = require('child_process'), { Worker } = require('worker_threads');
const server = http.createServer((q, a) => a.end(Buffer.alloc(5000, 'x'))).listen(0, '127.0.0.1', async () => {
  let bytes = 0;
  for (let i = 0; i < 200; i++)
    bytes += (await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text()).length;
  await new Promise(done => new Worker('Buffer.alloc(1e6)', { eval: true }).on('exit', done));
  console.log('worked', bytes, execFileSync('echo', ['child']).toString().trim());
  process.exit(0);
});
END
        is($ran->{out}, "worked 1000000 child\n", 'node works: a server, a thread, a program that it starts') or diag($ran->{err});
    }
}

sub java {
    SKIP: {
        my $java = which('java') or skip('no java', 1);
        my $compiles = which('javac');
        my $file = spit(scratch() . '/Work.java', <<'END');
import java.util.*;
public class Work {
    public static void main(String[] none) throws Exception {
        List<byte[]> kept = Collections.synchronizedList(new ArrayList<>());
        Thread[] threads = new Thread[4];
        for (int t = 0; t < 4; t++) { threads[t] = new Thread(() -> { for (int i = 0; i < 20000; i++) kept.add(new byte[100]); }); threads[t].start(); }
        for (Thread t : threads) t.join();
        java.nio.ByteBuffer direct = java.nio.ByteBuffer.allocateDirect(1 << 20);
        System.out.println("worked " + kept.size() + " " + direct.capacity());
    }
}
END
        my $ran = under($java, '-Xmx128m', $compiles ? $file : '-version');
        is($ran->{exit}, 0, 'a JVM works') or diag($ran->{err});
        is($ran->{out}, "worked 80000 1048576\n", 'threads, direct memory') if $compiles;
    }
}

# Prefork: master and workers answer each on a socket of its own, made before the workers drop their privileges.
sub nginx {
    my ($directory, $port) = (scratch() . '/nginx', free_port());
    my $user = $> == 0 ? 'user www-data;' : '';
    my $temporary = join ' ', map { "${_}_temp_path $directory/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    mkdir $directory;
    spit("$directory/nginx.conf", <<"END");
$user daemon off; worker_processes 2; pid $directory/pid; error_log $directory/error.log;
events { worker_connections 200; }
http { $temporary access_log off; server { listen 127.0.0.1:$port; location / { return 200 hello; } } }
END
    my $pid = start_under($port, $directory, 'nginx', '-e', "$directory/error.log", '-c', "$directory/nginx.conf");
    my @workers;
    for (1 .. 200) {
        @workers = split ' ', slurp("/proc/$pid/task/$pid/children");
        last if @workers == 2 && 3 == grep { defined reading($_) } map { sockets($_) } $pid, @workers;
        select undef, undef, undef, 0.05;
    }
    is(scalar(@workers), 2, 'nginx has two workers');
    my $request = client($port);
    is(scalar(grep { $request->('/') == 200 } 1 .. 500), 500, 'of which 500 requests are answered');
    for my $process ($pid, @workers) {
        my ($socket) = sockets($process);
        my $reading = reading($socket // '');
        is_deeply([@$reading{qw(pid parent)}], [$process, $process == $pid ? $$ : $pid], "$process answers for itself");
        ok($reading->{signals}{live_objects} > 100 && defined $reading->{process}{pss_bytes} && $reading->{process}{fds} > 3,
            'with its counts and its process');
    }
    my $objects = sub { my ($socket) = sockets($workers[0]); return reading($socket)->{signals}{live_objects} };
    my $before = $objects->();
    $request->('/') for 1 .. 1000;
    my $after = $objects->();
    ok(abs($after - $before) < 20, "1,000 requests leave nothing ($before, $after objects)");
    kill 'TERM', $pid;
    waitpid $pid, 0;
    is(scalar(grep { defined reading($_) } map { sockets($_) } $pid, @workers), 0, 'no socket answers after their end');
}

torture('glibc', "$build/agents/torture", $agent);
torture('musl', "$build/agents/torture-musl", "$build/libseep-malloc-musl.so");
native();
directories();
end_of_file();
old_kernels();
python();
node();
java();
nginx();
done_testing();
