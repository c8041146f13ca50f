#!/usr/bin/env perl
# What a terminal shows, on a real one: nothing wraps at any width, also after it changes; nothing that was recorded moves its cursor;
# colours, marks and plain lines where they belong.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use Test::More;
use Seep;
use Told;

plan skip_all => 'IO::Pty (libio-pty-perl) is not here' if !eval { require IO::Pty; 1 };

# Runs seep on a terminal of so many columns; then => [pattern, columns]: as soon as it was said it has these. all it wrote.
sub on_terminal {
    my ($given, @arguments) = @_;
    my $pty = IO::Pty->new;
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        $pty->make_slave_controlling_terminal;
        my $slave = $pty->slave;
        $slave->set_winsize(24, $given->{columns});
        %ENV = (%ENV, LC_ALL => 'C.UTF-8', TERM => 'xterm', NO_COLOR => '', %{$given->{env} // {}});
        chdir scratch();
        open STDIN, '<&', $slave;
        open STDOUT, '>&', $slave;
        open STDERR, '>&', $slave;
        exec $ENV{SEEP} // root() . '/build/seep', @arguments or POSIX::_exit(127);
    }
    $pty->close_slave;
    my ($written, $then, @screens) = ('', $given->{then});
    local $SIG{ALRM} = sub { kill 'KILL', $pid };
    alarm 60;
    while (sysread $pty, my $bytes, 4096) {
        $written .= $bytes;
        if ($then && $written =~ $then->[0]) {
            push @screens, [$given->{columns}, $written];
            ($written, $given) = ('', {%$given, columns => $then->[1]});
            $pty->set_winsize(24, $then->[1]);
            kill 'WINCH', $pid;
            $then = undef;
        }
    }
    waitpid $pid, 0;
    alarm 0;
    my $exit = $? >> 8;
    push @screens, [$given->{columns}, $written];
    return {exit => $exit, screens => \@screens, all => join '', map { $_->[1] } @screens};
}

# What would wrap, and what is none of seep's own sequences.
sub misdrawn {
    my ($columns, $written) = @_;
    utf8::decode($written);
    my @wrong;
    for my $line (split /[\r\n]+/, $written) {
        push @wrong, sprintf '%vd in %s', $1, $line if $line =~ s/\e\[(?:0|1|2|1;31|32|33)m|\e\[K|\e\[\d*[AJ]//gr =~ /([\x00-\x08\x0b-\x1f\x7f-\x9f])/;
        my $plain = $line =~ s/\e\[[0-9;]*[A-Za-z]//gr;
        push @wrong, length($plain) . " columns: $plain" if length $plain > $columns && $plain !~ /^  (?:again   |by hand )/; # a command stays whole, to be copied
    }
    return join "\n", @wrong;
}

my $db = told_store('terminal');
my $bad = hostile();
my $long = 'GET /a/quite/long/path/with/{many}/pieces/{id}/items/{item}';
my @loads = ($long, 'GET /', 'POST /cart/{id}/items', $bad);
my %leak = (endpoints => [$long], reproduce => 'seep run scenarios/pricing', confirmed => [qw(long_solo isolated)], requests_that_grow => 'currency=JPY', order_text => $bad,
    memory_limit_bytes => 7e8, days => 62.5, at_rate_per_second => 3.2, bytes_per_day => 1e7, bytes_per_day_low => 9e6, bytes_per_day_high => 2e7,
    sites => [{site => 'docker/staging/pricing/timing.py:41'}, {site => $bad, whose => 'dependency', package => $bad, called_from => $bad}]);
my %rest = (thresholds => [{limit_text => 'growth > 16 B/request'}, {limit_text => "$long: p99 > 500 ms", value => 0.6}], caveats => [$bad, 'a ring above 10,000 calls is not excluded'], loads => \@loads,
    signals => [{name => 'live_objects', verdict => 'growth', objects => 1}, {name => 'rss', verdict => 'inconclusive'}, {name => $bad, verdict => 'no_growth'}],
    cleared => [[$long, 'no growth in the screen'], [$bad, $bad]], not_looked_at => [['DELETE /x', 'answered 401 where 204 was recorded']],
    probes => [map { {mix => $_, step => 'screen', says => 'no growth'} } @loads]);
told_run($db, $bad, findings => [\%leak], %rest, service => $bad);
told_run($db, 'leak', findings => [\%leak], %rest);
told_run($db, 'fixed', verdict => 'no_growth', exit_code => 0, signals => [{name => 'live_objects', verdict => 'no_growth', objects => 1, per_request => 0, low => -0.01, high => 0.01}]);

subtest 'no line is wider than the terminal' => sub {
    for my $columns (40, 60, 80) {
        my @commands = ([200, 'report', 'nosuch'], [0, 'report', 'leak'], [0, 'report', 'leak', '-v'], [0, 'report', 'fixed'], [0, 'report', 'last', '--github', '-'], [0, 'runs'], [125, 'compare', 'leak', 'fixed']);
        for my $command (@commands) {
            my ($exit, @arguments) = @$command;
            my $shown = on_terminal({columns => $columns}, @arguments, '--db', $db);
            is($shown->{exit}, $exit, "$columns: @arguments") or diag($shown->{all});
            next if $exit == 200 || "@arguments" =~ /github/;
            is(misdrawn($columns, $shown->{all}), '', "$columns: @arguments: as wide") or diag($shown->{all});
        }
    }
};

subtest 'colours' => sub {
    like(on_terminal({columns => 80}, 'report', 'leak', '--db', $db)->{all}, qr/\e\[1;31mGROWTH\e\[0m/, 'on a terminal');
    unlike(on_terminal({columns => 80, env => {NO_COLOR => '1'}}, 'report', 'leak', '--db', $db)->{all}, qr/\e/, 'not with NO_COLOR');
    unlike(on_terminal({columns => 80, env => {TERM => 'dumb'}}, 'report', 'leak', '--db', $db)->{all}, qr/\e/, 'nor on a dumb one');
    unlike(on_terminal({columns => 80}, 'report', 'leak', '--db', $db, '--color', 'never')->{all}, qr/\e/, 'nor with --color never');
};

my $server = 'from http.server import *' . "\nimport sys, time\nkept = []\ntime.sleep(float(sys.argv[2]))\nclass H(BaseHTTPRequestHandler):\n    protocol_version = 'HTTP/1.1'\n    def do_GET(self):\n"
    . "        self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'ok')\n    def log_message(self, *a): pass\n"
    . "ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()\n";
spit(scratch() . '/server.py', $server);
my $evil = "/\e]0;owned\a\e[2J/%1b[31m";
sub service {
    my ($name, $pause) = @_;
    return make_service($name, "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nagent: none\nready: GET /\nstart: {command: [python3, ../server.py, \"\${PORT}\", \"$pause\"]}\n",
        [$long, '', map { ["/a/quite/long/path/with/$_/pieces/7/items/8"] } 1 .. 40], ['GET /b', '', map { ["/b?$_"] } 1 .. 40]);
}
my $service = service('progress', 0);
sub run_for { return ('run', $service, '--db', $db, '--rate', '200/s', '--duration', "$_[0]ms", '--hold', '50ms', '--budget', '0s') }

subtest 'progress' => sub {
    my $shown = on_terminal({columns => 80, then => [qr/\e\[K[12] s[^\r]*/, 40]}, run_for(1500));
    like($shown->{exit}, qr/^(?:0|125)$/, 'it ran') or diag($shown->{all});
    is(scalar(@{$shown->{screens}}), 2, 'the width changed meanwhile');
    is(misdrawn(@$_), '', "$_->[0] columns: as wide") for @{$shown->{screens}};
    like($_->[1], qr/\e\[K\d s[^\r\n]*  [a-z][^\r\n]* MiB/, "$_->[0] columns: elapsed, step, memory") for @{$shown->{screens}};
    like($shown->{screens}[1][1], qr/\r\e\[1A\e\[J/, 'what stood on two lines goes');
    $shown = on_terminal({columns => 132}, run_for(1400));
    like($shown->{all}, qr/ s, \d s left  \S.*[\d,]+ requests of [\d,]+ due, [\d.]+\/s, lag [\d.]+ .s, [\d.]+ MiB (?:\xe2\x96[\x81-\x88]){2}/, 'all of it where there is room');
    unlike($shown->{all}, qr/ 0\.0+\/s/, 'no rate of nothing');
    my $ascii = on_terminal({columns => 132, env => {LC_ALL => '', LC_CTYPE => '', LANG => 'C'}}, run_for(400));
    like($ascii->{all}, qr/ MiB [_.\-:=+*#]/, 'LANG=C: the sparkline is of seven bits');
    unlike($ascii->{all}, qr/[\x80-\xff]/, 'and so is all else');
    unlike(on_terminal({columns => 80}, run_for(400), '-q')->{all}, qr/\e\[K/, '-q: none');
    my $plain = seep(run_for(400));
    unlike($plain->{err}, qr/\e|\r/, 'elsewhere plain lines');
    like($plain->{err}, qr/^\d+ s(?:, \d+ s left)?: .*; [\d,]+ requests/m, 'that say as much');
};

subtest 'whatever takes long says so' => sub {
    my $slow = service('slow', 1.1);
    my $shown = on_terminal({columns => 60}, 'check', $slow);
    is($shown->{exit}, 0, 'check') or diag($shown->{all});
    like($shown->{all}, qr/\r\e\[K1 s  starting the target/, 'waits for a server that is slow to start');
    is(seep('check', $slow)->{err}, '', 'elsewhere not yet');
    my $slower = service('slower', 5.3);
    like(seep('check', $slower)->{err}, qr/^[5-9] s: starting the target[^\r\n\e]*\n\z/, 'but later, as a plain line');
    is(seep('check', $slower, '-q')->{err}, '', '-q: nothing');
    my $pipe = scratch() . '/pipe.log';
    POSIX::mkfifo($pipe, 0600) or die "mkfifo: $!";
    my $writer = fork() // die "fork: $!";
    if ($writer == 0) {
        open my $out, '>', $pipe or POSIX::_exit(1);
        select undef, undef, undef, 1.2;
        print $out "10.0.0.1 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 12\n";
        close $out;
        POSIX::_exit(0);
    }
    $shown = on_terminal({columns => 60}, 'import', $pipe, '-o', scratch() . '/imported');
    waitpid $writer, 0;
    is($shown->{exit}, 0, 'import') or diag($shown->{all});
    like($shown->{all}, qr/\r\e\[K1 s  reading/, 'reads what comes slowly');
};

subtest 'what was recorded is text' => sub {
    my $odd = make_service('odd', "target: http://127.0.0.1:1\nallow: [127.0.0.1]\n", ['GET /b', '', ['/b']]);
    spit("$odd/odd.yaml", qq(endpoint: "GET /\\e]0;owned\\a\\e[2J"\nrecording: get_b.jsonl\n));
    my $snapshot = sub { "\e[2J/app/\e]0;owned\a.py:1: size=$_[0] KiB, count=9, average=24 B\n" };
    my ($one, $two) = map { spit(scratch() . "/$_.txt", $snapshot->($_ * 100)) } 1, 2;
    for my $command (['check', '--offline', $odd], ['check', "$odd/\e[2J"], ['diff', $one, $two], ['report', $bad, '--db', $db], ['runs', '--db', $db], ['run', $odd, '--db', $db, '-e', "\e[2J"],
        ['import', "\e]0;x\a", '-o', scratch() . '/none'], ["\e[2J"], ['run', "--\e[2J"]) {
        my $shown = on_terminal({columns => 80, env => {NO_COLOR => '1'}}, @$command);
        unlike($shown->{all}, qr/\e(?!\[K|\[J)|\a/, "@$command[0]: nothing moves the cursor") or diag($shown->{all} =~ s/\e/ESC/gr);
    }
};

done_testing();
