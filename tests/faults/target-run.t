#!/usr/bin/env perl
# A target that fails while it is soaked: each fault is a marked gap, a cut, or an inconclusive verdict with its reason, in bounded time.
# What leaks is never called flat for it, and what is flat never a leak.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use Test::More;
use Seep;
use Table;

my $here = $FindBin::Bin;
my $db = scratch() . '/seep.db';
my $short = short_form();

# Two endpoints; what else service.yaml holds.
sub service {
    my ($name, %given) = @_;
    my $command = $given{command} // "[/usr/bin/python3, $here/target.py, \"\${PORT}\"]";
    my $signals = $given{signals} // "signals:\n  - {name: live_objects, url: /memory, pointer: /objects, unit: objects}\n  - {name: live_bytes, url: /memory, pointer: /bytes, unit: bytes}\n";
    return make_service($name, <<"END", map { my $at = $_; ["GET $at", '', map { [$at] } 1 .. 20] } '/a', '/b');
target: http://@{[$given{host} // '127.0.0.1']}:@{[$given{port} // '${PORT}']}
@{[$given{start} // "start: {command: $command}"]}
ready: GET /health
timeout: {connect: 1s, total: 2s}
${signals}snapshots:
  - {name: sites, url: /sites, format: tracemalloc}
@{[$given{more} // '']}
END
}

my $plain = service('plain');
my $number = 0;

sub run_with {
    my ($name, $env, @arguments) = @_;
    my $tag = "$name-" . ++$number;
    return begin({name => $tag, env => $env}, 'run', $plain, '--connections', '4', '--requests', '2000', '--hold', '1s', '-q', '--db', scratch() . "/$tag.db",
        '--json', scratch() . "/$tag.json", @arguments);
}

# name => [environment, reason (of an inconclusive verdict), or the remark that is made of a gap]
my %faults = (
    'killed' => [{FAULT => 'kill'}, qr/^the target was killed by signal 9 \(Killed\) after [\d,]+ requests/],
    'exits with 137' => [{FAULT => 'exit-137'}, qr/^the target exited with status 137 after [\d,]+ requests/],
    'stopped' => [{FAULT => 'stop'}, qr/^the target hangs|cannot be read after .*timed out/i],
    'refuses' => [{FAULT => 'refuse'}, qr/^the target stopped accepting|Connection refused/],
    'accepts no more, its backlog full' => [{FAULT => 'backlog'}, qr/^the target (?:hangs|stopped accepting)|timed out/i],
    'accepts and never answers' => [{FAULT => 'silent'}, qr/^the target hangs|timed out/i],
    'answers half' => [{FAULT => 'half'}, qr/^the target hangs|timed out/i],
    'resets in the middle' => [{FAULT => 'reset'}, qr/^the replay did not land: .* got no answer|cannot be read after/],
    'its disk is full' => [{FAULT => 'full'}, qr/^the replay did not land: .* answered otherwise/],
    'its disk is full for a while' => [{FAULT => 'full-500', FAULT_FOR => 300}, qr/^the replay did not land: of 2,000 requests 300 were answered otherwise/],
    'its signals answer 500' => [{FAULT => 'memory-500'}, qr/^signal live_objects cannot be read after \d+ requests: GET \S+ answered 500/],
    'its signals never answer' => [{FAULT => 'memory-silent'}, qr/^signal live_objects cannot be read after \d+ requests: GET .*timed out/i],
    'its signals are noise' => [{FAULT => 'memory-garbage'}, qr/^signal live_objects cannot be read after \d+ requests: GET .*not JSON/],
    'its signals are empty' => [{FAULT => 'memory-empty'}, qr/^signal live_objects cannot be read after \d+ requests: GET .*not JSON/],
    'its signals are no numbers' => [{FAULT => 'memory-text'}, qr/^signal live_objects cannot be read after \d+ requests: GET .*no number at/],
    'its signals reset' => [{FAULT => 'memory-reset'}, qr/^signal live_objects cannot be read after \d+ requests: GET /],
);

sub is_inconclusive {
    my ($what, $ran, $reason) = @_;
    my $result = $ran->{result};
    is($ran->{exit}, 125, "$what: exit code") or diag($ran->{err});
    is($result->{verdict}, 'inconclusive', "$what: verdict");
    like($result->{reason} // '', $reason, "$what: reason");
    unlike($result->{reason} // '', qr/\n/, "$what: one line");
    is_deeply($result->{findings}, [], "$what: no finding");
    is($result->{replay}{planned}, $result->{replay}{done} + $result->{replay}{failed} + $result->{replay}{skipped}, "$what: each request ended once");
    return;
}

subtest 'faults during a run' => sub {
    my @leaks = $short ? ('off') : ('off', 'on');
    my $waits = qr/never|backlog|half|stopped/; # half a minute, until it is certain: tests/cli/faults.t waits for one in CI
    my @names = sort { ($b =~ $waits) <=> ($a =~ $waits) || $a cmp $b } grep { !$short || $_ !~ $waits } keys %faults;
    my @cases = map { my $name = $_; map { [$name, $_] } @leaks } @names;
    my %reasons;
    in_turns(8, sub { my ($name, $leak) = @{$_[0]}; return run_with('fault', {%{$faults{$name}[0]}, LEAK => $leak}) }, sub {
        my ($case, $job) = @_;
        my ($name, $leak) = @$case;
        my $ran = gather($job, 150);
        is_inconclusive("$name, leak $leak", $ran, $faults{$name}[1]);
        $reasons{$name} //= $ran->{result}{reason};
    }, @cases);
    tried("a target: $_, in a run", scalar @leaks, 'inconclusive: ' . ($reasons{$_} // ''), 'nothing') for @names;
};

# Never `growth` where nothing leaks, never `no_growth` where something does.
sub is_no_lie {
    my ($what, $ran, $leak) = @_;
    my $lie = $leak eq 'on' ? 'no_growth' : 'growth';
    isnt($ran->{result}{verdict} // '', $lie, "$what: not $lie") or diag($ran->{out});
    return;
}

subtest 'another process on the same port, which never closed' => sub {
    for my $leak ($short ? 'off' : ('off', 'on')) {
        my $port = free_port();
        local %ENV = (%ENV, FAULT => 'hand-over', FAULT_AFTER => 1500, LEAK => $leak);
        start_server($port, scratch(), '/usr/bin/python3', "$here/target.py", $port);
        my $attached = service("attached-$leak", port => $port, start => "watch: {port: $port}");
        my $ran = gather(begin({name => "attached-$leak"}, 'run', $attached, '--connections', '4', '--requests', '4000', '--hold', '1s', '-q', '--db', $db,
            '--json', scratch() . "/attached-$leak.json"));
        is_no_lie("leak $leak", $ran, $leak);
        like(join("\n", $ran->{result}{reason} // '', @{$ran->{result}{caveats} // []}), qr/the target ended|replaced|another process|restarted/, 'and what happened is said')
            or diag($ran->{out});
        tried("a target: restarted behind our back, leak $leak", 1, "$ran->{result}{verdict}: $ran->{result}{reason}", 'nothing');
    }
};

# The kernel's own end: a control group of 48 MiB.
sub memory_group {
    my $bytes = 48 << 20;
    my ($v1, $v2) = ("/sys/fs/cgroup/memory/seep-faults-$$", "/sys/fs/cgroup/seep-faults-$$");
    return if $> != 0;
    if (-d '/sys/fs/cgroup/memory' && mkdir $v1) {
        return $v1 if eval { spit("$v1/memory.limit_in_bytes", $bytes); 1 };
        rmdir $v1;
    }
    if (slurp('/sys/fs/cgroup/cgroup.subtree_control') =~ /\bmemory\b/ && mkdir $v2) {
        return $v2 if eval { spit("$v2/memory.max", $bytes); spit("$v2/memory.swap.max", 0) if -e "$v2/memory.swap.max"; 1 };
        rmdir $v2;
    }
    return;
}

subtest 'killed for its memory' => sub {
    my $group = memory_group() or plan skip_all => 'needs root and a memory control group that can be made here';
    my $within = spit(scratch() . '/within.sh', "echo \$\$ >$group/cgroup.procs\nexec /usr/bin/python3 $here/target.py \"\$1\"\n");
    my $service = service('oom', command => "[/bin/sh, $within, \"\${PORT}\"]");
    my $ran = gather(begin({name => 'oom', env => {FAULT => 'oom'}}, 'run', $service, '--connections', '4', '--requests', '2000', '-q', '--db', $db,
        '--json', scratch() . '/oom.json'));
    is_inconclusive('by the kernel', $ran, qr/^the target was killed by signal 9 \(Killed\) after [\d,]+ requests/);
    my $killed = slurp("$group/memory.oom_control") . slurp("$group/memory.events");
    like($killed, qr/^oom_kill [1-9]/m, 'it was for its memory');
    for (1 .. 100) { # the kernel needs a moment
        last if rmdir $group;
        select undef, undef, undef, 0.05;
    }
    ok(!-d $group, 'the group is gone');
    tried('a target: killed for its memory, by the kernel', 1, "inconclusive: $ran->{result}{reason}", 'nothing');
};

my $shim = ($ENV{BUILD} // root() . '/build') . '/faults/jumps.so';

subtest 'the clock on the wall jumps' => sub {
    plan skip_all => "needs $shim (make $shim)" if !-e $shim;
    my %jumps = (none => '', forward => '0:36000', back => '0:-18000', 'to and fro' => join(',', map { 100 * $_ . ':' . (-1) ** $_ * 7200 * $_ } 0 .. 20),
        'to 1970' => '0:-' . (time - 100), 'past 2038' => '0:700000000'); # once a third of the requests is answered
    my @loads = $short ? [qw(--connections 4)] : ([qw(--connections 4)], [qw(--rate 500/s)]);
    for my $load (@loads) {
        my %verdict;
        my @cases = map { my $jump = $_; map { [$jump, $_] } $short ? 'on' : ('off', 'on') } sort { ($b eq 'none') <=> ($a eq 'none') || $a cmp $b } keys %jumps;
        in_turns($short ? 6 : 4, sub {
            my ($jump, $leak) = @{$_[0]};
            (my $name = "clock-$jump-$leak$load->[0]") =~ s/\W+/-/g;
            my $under_way = scratch() . "/$name.under-way";
            unlink scratch() . "/$name.db", $under_way;
            return {%{begin({name => $name, env => {LD_PRELOAD => $shim, CLOCK_JUMPS => $jumps{$jump}, CLOCK_START => $under_way, FAULT_FILE => $under_way, LEAK => $leak, FAULT => 'none'}}, 'run', $plain, @$load,
                '--requests', '2000', '--hold', '1s', '--no-early-stop', '-q', '--db', scratch() . "/$name.db", '--json', scratch() . "/$name.json")}, db => scratch() . "/$name.db"};
        }, sub {
            my ($case, $job) = @_;
            my ($jump, $leak) = @$case;
            my $what = "$jump, leak $leak, $load->[0]";
            my $ran = gather($job);
            my $result = $ran->{result};
            is($result->{replay}{done}, 2000, "$what: all were sent and answered") or diag($ran->{err});
            is($result->{replay}{skipped}, 0, "$what: none was skipped");
            $verdict{$leak} //= $result->{verdict};
            $load->[0] eq '--rate' || $leak eq 'off' ? is_no_lie($what, $ran, $leak)
                : is($result->{verdict}, $verdict{$leak}, "$what: the verdict is that of a clock that stood");
            my $sql = sub { my $rows = qx(sqlite3 '$job->{db}' "$_[0]"); chomp $rows; return $rows };
            my $seconds = $result->{seconds};
            ok($seconds > 0 && $seconds < 300, "$what: it took the time that it took") or diag($seconds);
            is($sql->("SELECT count(*) FROM v_samples WHERE at_s < 0 OR at_s > $seconds + 1"), 0, "$what: every reading lies within the run");
            is($sql->('SELECT sum(planned) FROM outcome'), 2000, "$what: no request is missing from its seconds");
            like(join("\n", @{$result->{caveats}}), qr/the system's clock was set (?:back|forward)/, "$what: it did jump, and that is told")
                if $jump =~ /^(?:forward|back|to 1970|past 2038)$/;
            cmp_ok($sql->('SELECT abs(ended_us - started_us) / 1000000 FROM run'), '<=', $seconds + 1, "$what: it ended when it ended");
            is($sql->('PRAGMA integrity_check'), 'ok', "$what: the store is whole");
            like(seep('report', 'last', '--db', $job->{db})->{out}, qr/^(?:NO GROWTH|GROWTH|INCONCLUSIVE)/m, "$what: it can be reported");
        }, @cases);
        tried("seep: its clock jumps ($_), $load->[0]", $short ? 1 : 2, 'verdict, counts and times as without', 'nothing') for grep { $_ ne 'none' } sort keys %jumps;
    }
};

subtest 'names are no longer resolved' => sub {
    plan skip_all => "needs $shim (make $shim)" if !-e $shim;
    my $named = service('named', host => 'localhost', more => 'allow: [localhost]');
    my ($refused, $went, $times) = (0, 0, 0);
    my @left = $short ? (0, 2, 4) : (0 .. 8);
    in_turns(4, sub {
        my ($left) = @_;
        return begin({name => "named-$left", env => {LD_PRELOAD => $shim, NAMES_LEFT => $left, NAMES_WAIT => 1, FAULT => 'none'}}, 'run', $named, '--connections', '4', '--requests', '1500',
            '--hold', '1s', '-q', '--db', scratch() . "/named-$left.db", '--json', scratch() . "/named-$left.json");
    }, sub {
        my ($left, $job) = @_;
        my $ran = gather($job);
        $times++;
        if (%{$ran->{result}}) {
            is($ran->{result}{replay}{done}, 1500, "after $left: the address was known, and the run does not ask again") or diag($ran->{err});
            is_no_lie("after $left", $ran, 'off');
            $went++;
        } else {
            is($ran->{exit}, 200, "after $left: it did not begin");
            like($ran->{err}, qr/\Aseep: [^\n]*localhost[^\n]*resolution[^\n]*\n\z/, "after $left: one line says why");
            $refused++;
        }
    }, @left);
    ok($refused > 0 && $went > 0, 'both were seen') or diag("$refused refused, $went went");
    tried('names are no longer resolved, in a run', $times, "$refused did not begin (one line), $went went on with the address that was known", 'nothing');
};

subtest 'an agent that hangs' => sub {
    plan skip_all => 'takes a minute (whole form)' if $short;
    my $rogue = scratch() . '/rogue';
    spit("$rogue/libseep-malloc.so", '');
    spit("$rogue/agents/python/sitecustomize.py", slurp(root() . '/tests/agents/rogue/sitecustomize.py'));
    my $service = service('rogue', signals => '', command => '[/usr/bin/python3, ' . root() . '/tests/servers/plain.py, "${PORT}"]');
    for my $how (qw(hang vanish close)) {
        my $ran = gather(begin({name => "rogue-$how", env => {SEEP_AGENTS => $rogue, ROGUE => $how}}, 'run', $service, '--connections', '4', '--requests', '2000', '-q', '--db', $db,
            '--json', scratch() . "/rogue-$how.json"), 300);
        is_inconclusive("an agent: $how", $ran, qr/the python agent of process|told what is live|no agent answers/);
        tried("an agent: $how, in a run", 1, "inconclusive: $ran->{result}{reason}", 'nothing');
    }
};

done_testing();
