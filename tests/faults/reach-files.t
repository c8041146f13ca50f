#!/usr/bin/env perl
# What seep leaves on disk is its owner's: modes under a umask that gives everything and one that gives nothing, while it runs and
# after; and what lies in the way already, a link to another file above all, is not written through.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use File::Find;
use IO::Socket::UNIX;
use JSON::PP;
use Test::More;
use Seep;
use Table;

my $home = scratch();
my $seep = $ENV{SEEP} // root() . '/build/seep';
my ($looked, $planted) = (0, 0);

sub mode { return sprintf '%04o', (lstat $_[0])[2] & 07777 }
sub modes { # of all below: path less the directory => kind and mode
    my ($directory) = @_;
    my %modes;
    find({no_chdir => 1, wanted => sub { (my $name = $_) =~ s{^\Q$directory\E/?}{}; $modes{$name} = (-S $_ ? 's' : -d _ ? 'd' : 'f') . mode($_) if $name ne '' && lstat $_ }}, $directory);
    $looked += keys %modes;
    return \%modes;
}
my $log = join '', map { my $second = sprintf '%02d', $_ % 60; qq{10.0.0.1 - - [17/May/2025:10:05:$second +0000] "GET /a?n=$_ HTTP/1.1" 200 5 "-" "agent"\n} } 1 .. 60;
spit("$home/access.log", $log);

for my $umask (0000, 0077) {
    my $shown = sprintf '%03o', $umask;
    subtest "umask $shown" => sub {
        umask $umask;
        my ($room, $temporary) = ("$home/$shown", "$home/$shown/temporary");
        mkdir $_, 0777 for $room, $temporary;
        chmod 0755, $room;
        my $secrets = seep('import', "$home/access.log", '-o', "$room/service", '--secrets', "$room/x.secrets");
        is($secrets->{exit}, 0, 'imported') or diag($secrets->{err});
        my $found = modes("$room/service");
        is_deeply([grep { /\.jsonl$/ && $found->{$_} ne 'f0600' } keys %$found], [], 'recordings are 0600');
        is(mode("$room/x.secrets"), '0600', 'a file of secrets is 0600');
        spit("$room/service/service.yaml", "target: http://127.0.0.1:\${PORT}\nstart: {command: [/usr/bin/python3, $FindBin::Bin/../servers/plain.py], environment: {PORT: \"\${PORT}\"}}\nagent: python\nreset: [/bin/sleep, \"0.3\"]\n");

        # while it runs: what is in the temporary directory and beside the store
        my $job = begin({name => "job$shown", env => {TMPDIR => $temporary}}, 'run', "$room/service", '--db', "$room/results/seep.db", '-q', '--connections', 2, '--requests', 1e7, '--no-early-stop', '--duration', '60s');
        my (%seen, %store);
        for (1 .. 200) {
            $seen{$_->[0]} = $_->[1] for map { my $modes = modes($temporary); map { [$_ => $modes->{$_}] } keys %$modes } 1;
            %store = %{modes("$room/results")} if -d "$room/results";
            last if (grep { /\.sock$/ } keys %seen) && (grep { /-wal$/ } keys %store) && (grep { m{/target\.log$} } keys %seen) && (grep { m{/reset\.log$} } keys %seen);
            select undef, undef, undef, 0.02;
        }
        kill 'INT', $job->{pid};
        my $ended = gather($job, 60);
        is($ended->{exit}, 130, 'it ran') or diag($ended->{err});
        is_deeply([grep { m{^[^/]*$} && $seen{$_} ne 'd0700' } keys %seen], [], 'directories of a run are 0700') or diag(explain(\%seen));
        my @kinds = map { my $kind = $_; scalar grep { /$kind/ } keys %seen } qr/\.sock$/, qr/target\.log$/, qr/reset\.log$/;
        is_deeply([map { $_ > 0 ? 1 : 0 } @kinds], [1, 1, 1], 'there were a socket of an agent, and what the server and the hook print') or diag(explain(\%seen));
        is_deeply([grep { /\.sock$/ && $seen{$_} ne 's0600' || /\.log$/ && $seen{$_} ne 'f0600' } keys %seen], [], 'these are 0600') or diag(explain(\%seen));
        is_deeply([grep { $store{$_} ne 'f0600' } grep { /^seep\.db/ } keys %store], [], 'the store, its -wal and its -shm are 0600') or diag(explain(\%store));
        cmp_ok(scalar(grep { /^seep\.db/ } keys %store), '>=', 3, 'and all three were there');
        is(mode("$room/results"), '0700', 'so is the directory that is made for it: 0700');
        is_deeply([keys %{modes($temporary)}], [], 'nothing is left in the temporary directory');

        # what a person asks for is by the umask
        my $told = seep('report', 'last', '--db', "$room/results/seep.db", (map { ("--$_", "$room/r.$_") } qw(html json junit markdown github)), '--csv', "$room/csv");
        is($told->{exit}, 0, 'reported') or diag($told->{err});
        my $wanted = sprintf '%04o', 0666 & ~$umask;
        is_deeply([grep { mode($_) ne $wanted } glob "$room/r.* $room/csv/*"], [], "reports are by the umask: $wanted");

        # a recorder
        my $listen = free_port();
        $job = begin({name => "record$shown"}, 'record', '--listen', "127.0.0.1:$listen", '--target', 'http://127.0.0.1:9', '-o', "$room/recorded");
        for (1 .. 200) { last if -e "$room/recorded/recording.jsonl"; select undef, undef, undef, 0.02 }
        is(mode("$room/recorded/recording.jsonl"), '0600', 'what a recorder writes meanwhile is 0600');
        kill 'TERM', $job->{pid};
        gather($job, 30);
    };
}
umask 022;
tried('modes of what is written, under umask 000 and 077', $looked, 'store, -wal, -shm, recordings, secrets, logs of servers and sockets 0600, their directories 0700, reports by the umask', 'nothing is open to others');

subtest 'links in the way' => sub {
    my $victim = spit("$home/victim", "precious\n");
    my $untouched = sub { is(slurp($victim), "precious\n", "$_[0]: the file behind a link is as it was"); $planted++ };
    my $store = "$home/077/results/seep.db";

    # A report goes into a file beside it first, whose name is known to whoever knows the process: a child that becomes seep.
    for my $case (['html', "$home/shared/x.html"], ['json', "$home/shared/x.json"]) {
        my ($kind, $path) = @$case;
        spit("$home/shared/.keep", '');
        my $pid = fork() // die;
        if ($pid == 0) {
            symlink $victim, "$path.$$.part";
            open STDOUT, '>', '/dev/null';
            exec $seep, 'report', 'last', '--db', $store, "--$kind", $path or POSIX::_exit(127);
        }
        waitpid $pid, 0;
        $untouched->("--$kind, in a file that it is written to first");
        cmp_ok(-s $path, '>', 100, 'and the report is there');
        unlink $path;
        symlink $victim, $path;
        seep('report', 'last', '--db', $store, "--$kind", $path);
        $untouched->("--$kind, in its own name");
    }
    my $pid = fork() // die;
    if ($pid == 0) {
        mkdir "$home/shared/csv";
        symlink $victim, "$home/shared/csv/$_.csv.$$.part" for qw(findings sites endpoints trials blocks measurements probes samples outcomes);
        open STDOUT, '>', '/dev/null';
        exec $seep, 'report', 'last', '--db', $store, '--csv', "$home/shared/csv" or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    $untouched->('--csv');

    for my $beside ('-wal', '-shm', '-journal') {
        symlink $victim, "$home/shared/new.db$beside";
        seep('run', "$home/077/service", '--db', "$home/shared/new.db", '-q', '--requests', 20, '--connections', 1);
        $untouched->("the store's $beside");
        unlink glob "$home/shared/new.db*";
    }
    SKIP: {
        skip 'only root may make a link of another user', 3 if $> != 0;
        symlink "$home/empty", "$home/shared/link.db";
        spit("$home/empty", '');
        system('chown', '-h', 'nobody', "$home/shared/link.db");
        my $ran = seep('run', "$home/077/service", '--db', "$home/shared/link.db", '-q', '--requests', 20);
        is($ran->{exit}, 201, 'a store behind a link of another user is refused');
        like($ran->{err}, qr/\Aseep: \S+link\.db: a link that another user made; it is not followed\n\z/, 'in one line') or diag($ran->{err});
        is(-s "$home/empty", 0, 'and nothing was written');
        unlink "$home/shared/link.db";
    }
    symlink $victim, "$home/shared/s.secrets";
    is(seep('import', "$home/access.log", '-o', "$home/shared/a", '--secrets', "$home/shared/s.secrets")->{exit}, 201, '--secrets: refused');
    $untouched->('--secrets');

    mkdir "$home/shared/rec";
    symlink $victim, "$home/shared/rec/recording.jsonl";
    my $recorded = seep({timeout => 20}, 'record', '--listen', '127.0.0.1:0', '--target', 'http://127.0.0.1:9', '-o', "$home/shared/rec");
    is($recorded->{exit}, 200, 'a recorder: refused');
    $untouched->('a recorder');

    seep('import', "$home/access.log", '-o', "$home/shared/imported");
    my @files = map { s{.*/}{}r } glob "$home/shared/imported/*";
    for my $file (@files) {
        unlink "$home/shared/imported/$file";
        symlink $victim, "$home/shared/imported/$file";
    }
    seep('import', "$home/access.log", '-o', "$home/shared/imported", '--force');
    $untouched->('import --force over links');
    symlink "$home/elsewhere", "$home/shared/imported/.import.AAAAAA";
    mkdir "$home/elsewhere";
    spit("$home/elsewhere/kept", 'x');
    seep('import', "$home/access.log", '-o', "$home/shared/imported", '--force');
    ok(-e "$home/elsewhere/kept", 'what an import clears away is not found by a link');
    tried('links to another file where seep writes', $planted + 1, 'replaced, or refused in one line', 'no byte of the file behind');
};

subtest 'sockets of agents' => sub {
    my ($agents, $outside) = ("$home/agents", "$home/outside.sock");
    mkdir $agents, 0700;
    my $listener = IO::Socket::UNIX->new(Local => $outside, Listen => 8) or die $!;
    $listener->blocking(0);
    symlink $outside, "$agents/python-$$-1.sock";
    spit("$agents/python-1-2.sock", 'a file');
    mkdir "$agents/node-1-3.sock";
    my $port = free_port();
    my $service = make_service('agents-linked', "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nready_timeout: 1s\nagent_dir: $agents\n", ['GET /a', '', ['/a']]);
    local $ENV{PORT} = $port;
    start_server($port, $home, '/usr/bin/python3', "$FindBin::Bin/../servers/plain.py");
    my $checked = seep('check', $service);
    ok(!defined $listener->accept, 'a link in their directory is not followed to another socket') or diag($checked->{out});
    tried('links, files and directories among the sockets of agents', 3, 'passed over', 'nothing');
};

done_testing();
