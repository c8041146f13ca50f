#!/usr/bin/env perl
# A server that somebody else keeps running, and a command that renews it before each trial.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $port = free_port();
my $agents = scratch() . '/agents';
my $pid_file = scratch() . '/orders.pid';
mkdir $agents, 0700;

# What systemctl is elsewhere: ends the old server, starts the new one in the background, and is done.
my $keeper = spit(scratch() . '/keeper', <<"END");
#!/usr/bin/env perl
use strict;
use warnings;
use IO::Socket::INET;
my \$how = \$ENV{KEEPER} // '';
open my \$count, '>>', '@{[scratch()]}/restarts';
print \$count "restart\\n";
close \$count;
exit 0 if \$how eq 'nothing';
die "the unit is masked\\n" if \$how eq 'fails';
sub renew {
    if (open my \$file, '<', '$pid_file') {
        chomp(my \$old = <\$file>);
        kill 'TERM', \$old;
        select undef, undef, undef, 0.02 while kill 0, \$old;
    }
    my \$pid = fork() // die;
    if (\$pid == 0) {
        POSIX::setsid() if require POSIX;
        open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
        \$ENV{PORT} = $port;
        \$ENV{SEEP_AGENT_DIR} = '$agents';
        \$ENV{PYTHONPATH} = '@{[root()]}/build/agents/python';
        exec '/usr/bin/python3', '@{[root()]}/tests/servers/orders.py';
        POSIX::_exit(127);
    }
    open my \$file, '>', '$pid_file';
    print \$file "\$pid\\n";
}
if (\$how eq 'later') { # done before it is done
    exit 0 if fork();
    open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
    select undef, undef, undef, 0.7;
}
renew();
exit 0;
END
chmod 0755, $keeper;
END {
    if (-e $pid_file) {
        chomp(my $last = slurp($pid_file));
        kill 'TERM', $last;
    }
}

my $service = make_service('kept', <<"END", ['GET /orders/{id}', '', map { ["/orders/$_"] } 1 .. 12], ['GET /stock', '', ['/stock']], ['POST /orders', '', ['/orders']]);
target: http://127.0.0.1:$port
start: {restart: [$keeper]}
agent_dir: $agents
ready: GET /health
ready_timeout: 8s
END

sub asked { # what the hunt asks for first, by itself
    return seep({env => {LEAK => 'off', KEEPER => $_[0]}}, 'check', $service);
}

subtest 'a hunt has a fresh server for each trial' => sub {
    my $ran = seep({env => {LEAK => 'all'}}, 'bisect', $service, '--confirm', '1500', '--db', $db, '-q', '--json', scratch() . '/kept.json');
    my $result = json(scratch() . '/kept.json');
    is($ran->{exit}, 1, 'growth') or diag($ran->{err}, $ran->{out});
    is_deeply([map { @{$_->{endpoints}} } @{$result->{findings}}], ['GET /orders/{id}'], 'of the endpoint that leaks');
    ok((grep { $_ eq 'isolated' } @{$result->{findings}[0]{confirmed}}), 'alone on a server of its own');
    cmp_ok($result->{trials}, '>=', 2, 'more than one trial');
    is(scalar(split /\n/, slurp(scratch() . '/restarts')), $result->{trials}, 'one restart for each');
    my ($post) = grep { "@{$_->{endpoints}}" eq 'POST /orders' } @{$result->{not_looked_at}};
    like($post->{why} // '', qr/methods/, 'what changes something was not sent: the server is not ours');
    chomp(my $last = slurp($pid_file));
    ok(kill(0, $last), 'the server is left running');
};

subtest 'what was not named by -e is not held against the answer' => sub {
    my $file = scratch() . '/chosen.json';
    seep({env => {LEAK => 'off'}}, 'run', $service, '-e', 'GET /stock', '--connections', '2', '--requests', '300', '--hold', '0s', '--db', $db, '-q', '--json', $file);
    is_deeply(json($file)->{not_looked_at}, [], 'nothing was to be looked at and was not');
    my $ran = seep('run', $service, '-e', 'POST /orders', '--connections', '2', '--requests', '300', '--db', $db);
    is($ran->{exit}, 200, 'one that was named and may not be sent');
    like($ran->{err}, qr/no endpoint can be replayed: its method may change data there/, 'is told');
};

subtest 'a command that is done before the old server is gone' => sub {
    chomp(my $before = slurp($pid_file));
    my $ran = asked('later');
    is($ran->{exit}, 0, 'waited for') or diag($ran->{err}, $ran->{out});
    chomp(my $after = slurp($pid_file));
    isnt($after, $before, 'it is another');
};

subtest 'one that restarts nothing, and one that fails' => sub {
    my $ran = asked('nothing');
    is($ran->{exit}, 200, 'a server that is not fresh');
    like($ran->{err}, qr/restart: '\S*keeper' is done, and process \d+ is still the one from before/, 'and why');
    $ran = asked('fails');
    is($ran->{exit}, 200, 'a command that fails is a fault of the configuration');
    like($ran->{err}, qr{^seep: \S+service\.yaml: restart: '\S*keeper' exited with status \d+: the unit is masked$}m, 'in one line');
};

subtest 'jobs' => sub {
    my $ran = seep('bisect', $service, '--jobs', '2', '--db', $db);
    is($ran->{exit}, 200, 'one server has one trial at a time');
};

done_testing();
