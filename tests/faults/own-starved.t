#!/usr/bin/env perl
# What seep lives on runs short: the store is locked by others, its directory cannot be written, memory and descriptors are few;
# it is interrupted, stopped and continued. Each ends with a documented exit code and a line, never with a verdict that was not
# measured; the store is whole, and what is typed again works.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../cli", $FindBin::Bin;
use File::Path qw(make_path);
use JSON::PP;
use POSIX ();
use Test::More;
use Own;
use Seep;
use Shim;
use Table;

my ($scratch, $short) = (scratch(), short_form());
my $grows = native_service('grows', 'on');
my $flat = native_service('flat', 'off');
my @few = ('--connections', 2, '--requests', 300, '--no-early-stop', '-q');

sub pause { select undef, undef, undef, $_[0] }

# Tells of a subtest what was wrong, and its row of the table.
sub conclude_row {
    my ($fault, $times, $happened, @wrong) = @_;
    @wrong = grep { $_ ne '' } @wrong;
    is(join("\n", @wrong), '', "$fault: nothing wrong");
    tried($fault, $times, $happened, @wrong ? scalar(@wrong) . ' wrong' : 'nothing');
}

# What must hold of a store in any case; and that a new run works in it.
sub after_all {
    my ($db) = @_;
    my $again = gather(begin({name => 'after'}, 'run', $flat, @few, '--db', $db));
    return (whole($db), $again->{exit} =~ /^(?:0|125)\z/ ? '' : "again: exit $again->{exit}: $again->{err}");
}

# One line, or, of what was measured by then, a report.
sub ended_well {
    my ($what, $ran, @codes) = @_;
    return "$what: exit $ran->{exit}: $ran->{err}" if !grep { $ran->{exit} eq $_ } @codes;
    return $ran->{exit} =~ /^(?:200|201|202)\z/ && one_line($ran->{err}) ? "$what: " . one_line($ran->{err}) : '';
}

# The sqlite3 shell with a lock on the store, held until it is closed.
sub lock_store {
    my ($db, $statement) = @_;
    open my $lock, '|-', "sqlite3 '$db' >'$scratch/lock.out' 2>&1" or die "sqlite3: $!";
    $lock->autoflush(1);
    print {$lock} "$statement\nSELECT 'locked';\n";
    for (1 .. 200) {
        last if slurp("$scratch/lock.out") =~ /locked/;
        pause(0.02);
    }
    return $lock;
}

sub release {
    my ($lock) = @_;
    print {$lock} "ROLLBACK;\n";
    close $lock;
}

# What no shortage excuses. `run` is asked of what does not grow, `bisect` of what does.
sub wrong_with {
    my ($command, $ran, $db) = @_;
    my @wrong;
    push @wrong, "exit $ran->{exit}: $ran->{err}" if !documented($ran->{exit});
    push @wrong, one_line($ran->{err}) if $ran->{exit} =~ /^20/;
    push @wrong, 'growth' if $command eq 'run' && $ran->{exit} eq '1';
    push @wrong, 'no growth' if $command eq 'bisect' && $ran->{exit} eq '0';
    return grep { $_ ne '' } @wrong, whole($db);
}

subtest 'a store that others hold' => sub {
    my @wrong;
    my $times = 0;
    my @cases = (['exclusively', 'BEGIN EXCLUSIVE;', 2], ['read', 'BEGIN; SELECT count(*) FROM run;', 3],
        ['written', "BEGIN IMMEDIATE; UPDATE run SET label = '' WHERE run = 1;", 3], ['written for ever', 'BEGIN IMMEDIATE;', undef]);
    for my $case ($short ? $cases[0] : @cases) {
        my ($how, $statement, $seconds) = @$case;
        my $db = "$scratch/locked-" . ++$times . '.db';
        seep('run', $flat, @few, '--db', $db);
        # Some seconds of requests, held from after the run has begun.
        my $job = begin({name => "locked-$times"}, 'run', $flat, '--rate', '100/s', '--requests', $short ? 200 : 500, '--no-early-stop', '-q', '--db', $db,
            '--json', "$scratch/locked-$times.json");
        for (1 .. 500) {
            last if asked($db, 'select max(run) from run') eq '2';
            pause(0.02);
        }
        my $lock = lock_store($db, $statement);
        my $report = seep('report', '1', '--db', $db);
        push @wrong, "report while $how: exit $report->{exit}: $report->{err}" if $report->{exit} ne '0';
        if (defined $seconds) {
            pause($seconds);
            release($lock);
        }
        my $ran = gather($job);
        release($lock) if !defined $seconds;
        push @wrong, ended_well($how, $ran, defined $seconds ? (0, 125) : 202), after_all($db);
        push @wrong, "$how: $ran->{result}{replay}{planned} planned, and stored " . asked($db, 'select sum(planned) from outcome where run = 2')
            if defined $seconds && asked($db, 'select sum(planned) from outcome where run = 2') ne ($ran->{result}{replay}{planned} // '');
        push @wrong, "$how: rows are lost, and it says otherwise" if !defined $seconds && seep('report', '2', '--db', $db)->{out} =~ /^(?:NO )?GROWTH/;
    }
    conclude_row('store locked by a reader, by a writer, exclusively', $times, 'waited; for ever: exit 202', @wrong);
};

subtest 'a directory that cannot be written' => sub {
    plan skip_all => 'as root, to become somebody who may not' if $> != 0;
    my $directory = place();
    my $db = "$directory/seep.db";
    seep('run', $grows, @few, '--db', $db);
    my ($nobody) = (getpwnam 'nobody')[2];
    my @as = ('setpriv', "--reuid=$nobody", "--regid=$nobody", '--clear-groups', '--');
    my @open = ($scratch, $directory, $grows, glob("$grows/*"), root());
    chmod 0755, $scratch, $directory, $grows;
    chmod 0644, glob("$grows/*"), $db;
    my $there = $ENV{SEEP} // root() . '/build/seep';
    plan skip_all => "nobody may not run $there" if system(@as, 'sh', '-c', "'$there' --version >/dev/null 2>&1") != 0;
    my @wrong;
    my $try = sub {
        my ($what, $codes, $pattern, @arguments) = @_;
        my $ran = gather(begin({name => 'nobody', by => \@as}, @arguments));
        push @wrong, ended_well($what, $ran, @$codes);
        push @wrong, "$what: $ran->{err}" if $ran->{err} !~ $pattern;
        return $ran;
    };
    my $told = $try->('report', [0], qr/\A\z/, 'report', 'last', '--db', $db, '-q');
    push @wrong, 'it is told otherwise' if $told->{out} !~ /^GROWTH: GET \/leak \+ GET \/ok/;
    $try->('runs', [0], qr/\A\z/, 'runs', '--db', $db);
    $try->('a run', [202], qr/seep\.db: Permission denied/, 'run', $grows, @few, '--db', $db);
    $try->('a new store', [202], qr/new\.db: Permission denied/, 'run', $grows, @few, '--db', "$directory/new.db");
    $try->('a report', [202], qr/r\.html: Permission denied/, 'report', 'last', '--db', $db, '--html', "$directory/r.html", '-q');
    $try->('an import', [200], qr/Permission denied/, 'import', "$grows/get_ok.jsonl", '-o', "$directory/d", '-q');
    # A killed run's last rows are in the log beside the store.
    my $job = begin({name => 'killed'}, 'run', $grows, '--rate', '100/s', '--requests', 2000, '-q', '--db', $db);
    for (1 .. 500) {
        last if asked($db, 'select count(*) from outcome where run = 2') > 0;
        pause(0.02);
    }
    kill 'KILL', $job->{pid};
    gather($job);
    chmod 0644, glob("$db*");
    my $last = $try->('report of a killed run', [0], qr/\A\z/, 'report', 'last', '--db', $db, '--json', '-', '-q');
    push @wrong, 'another run is told' if ($last->{exit} eq '0' ? decode_json($last->{out})->{run} : 2) != 2;
    unlink "$db-shm";
    my $without = $try->('without its shared memory', [202], qr/a part of it is in \S+seep\.db-wal/, 'report', 'last', '--db', $db, '-q');
    push @wrong, after_all($db);
    conclude_row('results directory read-only (as nobody)', 8, 'reading works; writing: exit 202 or 200, one line', @wrong);
};

subtest 'memory' => sub {
    my (@wrong, %ended);
    my @sizes = $short ? (24, 60, 90, 130) : map { 12 + 6 * $_ } 0 .. 29; # MiB of address space
    my $number = 0;
    my @cases = map { my $size = $_; map { {size => $size, command => $_} } $short ? 'run' : $size % 24 ? qw(run report import) : qw(run bisect report import) } @sizes;
    my $kept = "$scratch/kept.db";
    seep('run', $grows, @few, '--db', $kept);
    several(4, sub {
        my ($case) = @_;
        $case->{db} = "$scratch/memory-" . ++$number . '.db';
        my %arguments = (run => ['run', $flat, @few, '--db', $case->{db}], bisect => ['bisect', $grows, '--connections', 2, '--confirm', 600, '-q', '--db', $case->{db}],
            report => ['report', 'last', '--db', $kept, '--html', "$scratch/memory-$number.html"],
            import => ['import', "$grows/get_ok.jsonl", '-o', "$scratch/memory-$number.d", '-q']);
        return begin({name => "memory-$number", by => ['prlimit', '--as=' . $case->{size} * 1048576, '--']}, @{$arguments{$case->{command}}});
    }, sub {
        my ($case, $ran) = @_;
        my $what = "$case->{command} in $case->{size} MiB";
        $ended{$ran->{exit}}++;
        return if $ran->{exit} eq '127' && $ran->{err} =~ /error while loading shared libraries|cannot allocate|prlimit/i; # it was not even loaded
        push @wrong, map { "$what: $_" } wrong_with($case->{command}, $ran, $case->{db});
    }, @cases);
    push @wrong, whole($kept), none_left();
    conclude_row('address space limited (RLIMIT_AS, 12 to 190 MiB)', scalar @cases, join(', ', map { "exit $_: $ended{$_}" } sort keys %ended), @wrong);
};

subtest 'allocations that fail' => sub {
    my (@wrong, %ended);
    my $count = "$scratch/allocations";
    my $kept = "$scratch/kept.db";
    my %commands = (run => sub { ('run', $flat, @few, '--db', $_[0]) }, report => sub { ('report', 'last', '--db', $kept, '--json', '-') },
        import => sub { ('import', "$grows/get_ok.jsonl", '-o', "$_[0].d", '-q') });
    my %lost = (import => sub { 60 != (() = map { slurp($_) =~ /"method"/g } glob "$_[0]{db}.d/*.jsonl") }, report => sub { !eval { decode_json($_[1]{out}) } },
        run => sub { seep('report', 'last', '--db', $_[0]{db})->{exit} ne '0' || asked($_[0]{db}, 'select sum(planned) from outcome') != 300 });
    my ($number, $tried) = (0, 0);
    for my $command (sort keys %commands) {
        gather(begin({name => 'counted', env => {shim(calls => 'allocate', count => $count)}}, $commands{$command}->("$scratch/oom-$command.db")));
        my ($calls) = shim_counts($count);
        my @cases = map { {at => $_, db => "$scratch/oom-" . ++$number . '.db'} } drawn($calls, $short ? 3 : 60);
        several(4, sub {
            my ($case) = @_;
            return begin({name => 'oom-' . $case->{db} =~ s/\W+/-/gr, env => {shim(calls => 'allocate', error => 'ENOMEM', at => $case->{at})}}, $commands{$command}->($case->{db}));
        }, sub {
            my ($case, $ran) = @_;
            my $what = "$command, allocation $case->{at} of $calls";
            $tried++;
            $ended{$ran->{exit}}++;
            push @wrong, map { "$what: $_" } wrong_with($command, $ran, $case->{db});
            push @wrong, "$what: a part is lost, and it does not say so" if $ran->{exit} eq '0' && $lost{$command}->($case, $ran);
        }, @cases);
    }
    push @wrong, none_left();
    conclude_row('one allocation fails (malloc, calloc, realloc)', $tried, join(', ', map { "exit $_: $ended{$_}" } sort keys %ended), @wrong);
};

subtest 'descriptors' => sub {
    my (@wrong, %ended);
    my @limits = $short ? (10, 20, 32) : (8 .. 64);
    my @cases = map { my $most = $_; map { {most => $most, command => $_} } $short || $most % 4 ? 'run' : qw(run bisect) } @limits;
    my $number = 0;
    several(4, sub {
        my ($case) = @_;
        $case->{db} = "$scratch/few-" . ++$number . '.db';
        my @command = $case->{command} eq 'run' ? ('run', $flat, @few) : ('bisect', $grows, '--connections', 2, '--confirm', 600, '-q');
        return begin({name => "few-$number", by => ['sh', '-c', "ulimit -n $case->{most}; exec \"\$@\"", 'sh']}, @command, '--db', $case->{db});
    }, sub {
        my ($case, $ran) = @_;
        my $what = "$case->{command} with $case->{most} descriptors";
        $ended{$ran->{exit}}++;
        push @wrong, map { "$what: $_" } wrong_with($case->{command}, $ran, $case->{db});
    }, @cases);
    push @wrong, none_left();
    conclude_row('too few descriptors (ulimit -n 8 to 64)', scalar @cases, join(', ', map { "exit $_: $ended{$_}" } sort keys %ended), @wrong);
};

subtest 'interrupted' => sub {
    my (@wrong, %ended);
    my %codes = (INT => 130, TERM => 143, HUP => 129);
    my @cases = map { my $signal = $_; map { {signal => $signal, after => rand($short ? 3 : 5), times => $_ % 2 + 1} } 1 .. ($short ? 1 : 10) } sort keys %codes;
    my $number = 0;
    several(6, sub {
        my ($case) = @_;
        $case->{db} = "$scratch/signal-" . ++$number . '.db';
        my $job = begin({name => "signal-$number"}, 'bisect', $grows, '--connections', 2, '--confirm', 600, '-q', '--db', $case->{db});
        $case->{sender} = fork() // die "fork: $!";
        return $job if $case->{sender};
        pause($case->{after});
        for (1 .. $case->{times}) {
            kill $case->{signal}, $job->{pid};
            pause(0.01 * $number);
        }
        POSIX::_exit(0);
    }, sub {
        my ($case, $ran) = @_;
        waitpid $case->{sender}, 0;
        my $what = sprintf '%s %d times after %.2f s', @$case{qw(signal times after)};
        $ended{$ran->{exit}}++;
        my ($signal) = $ran->{exit} =~ /^signal (\d+)/;
        return if $signal && $case->{after} < 0.5; # before it could have been told
        push @wrong, "$what: exit $ran->{exit}" if $ran->{exit} ne $codes{$case->{signal}} && $ran->{exit} ne '1';
        push @wrong, "$what: " . whole($case->{db}) if whole($case->{db}) ne '';
        my $told = -s $case->{db} ? seep('report', 'last', '--db', $case->{db}) : {out => ''};
        push @wrong, "$what: it is told as ended: $told->{out}" 
            if $ran->{exit} ne '1' && $told->{out} =~ /^(?:NO )?GROWTH/ && $told->{out} !~ /^GROWTH: .*\n(?: .*\n)?  the hunt ended early/;
        return if $short || $case->{times} > 1 || $ran->{exit} eq '1';
        my $resumed = seep('bisect', $grows, '--resume', 'last', '--db', $case->{db}, '-q');
        push @wrong, "$what: --resume: exit $resumed->{exit}: $resumed->{err}" if $resumed->{exit} ne '1' && $resumed->{err} !~ /no run|no such run|no runs/;
    }, @cases);
    push @wrong, none_left();
    conclude_row('SIGINT, SIGTERM, SIGHUP, once and twice', scalar @cases, join(', ', map { "exit $_: $ended{$_}" } sort keys %ended), @wrong);
};

# What was due while seep was stopped is nobody's latency, and no growth; that there was a stop is told and stored.
subtest 'stopped and continued' => sub {
    my @wrong;
    my @stops = (['STOP', 2, 3, 0], ['TSTP', 2, 4, 0], ['STOP', 1, 2, 1], ['STOP', 3, 12, 0]);
    my @cases = map { {signal => $_->[0], at => $_->[1], for => $_->[2], again => $_->[3]} } $short ? $stops[0] : @stops;
    my $number = 0;
    several(2, sub {
        my ($case) = @_;
        $number++;
        $case->{db} = "$scratch/stopped-$number.db";
        # In a process group of its own, or the kernel would not stop it for SIGTSTP where nobody is there to let it go on.
        my $job = begin({name => "stopped-$number", by => ['perl', '-e', 'setpgrp; exec @ARGV', '--']}, 'run', $flat, '--rate', '50/s', '--requests', $short ? 200 : 300, '--no-early-stop', '--late-limit', '2s',
            '--fail-if', 'p99 > 1500 ms',
            '-q', '--db', $case->{db}, '--json', "$scratch/stopped-$number.json");
        $case->{sender} = fork() // die "fork: $!";
        return $job if $case->{sender};
        for (0 .. $case->{again}) {
            pause($case->{at});
            kill $case->{signal}, $job->{pid};
            pause($case->{for});
            kill 'CONT', $job->{pid};
        }
        POSIX::_exit(0);
    }, sub {
        my ($case, $ran) = @_;
        waitpid $case->{sender}, 0;
        my $result = $ran->{result};
        my $what = "$case->{signal} for $case->{for} s";
        push @wrong, ended_well($what, $ran, 0, 125);
        my %replay = %{$result->{replay} // {}};
        push @wrong, "$what: $replay{skipped} skipped, $replay{failed} failed, $replay{too_late} too late" if $replay{skipped} || $replay{failed} || $replay{too_late};
        push @wrong, "$what: a lag of $replay{lag_max_us} us" if ($replay{lag_max_us} // 0) >= 1e6 * $case->{for};
        push @wrong, "$what: $result->{verdict}" if $result->{verdict} eq 'growth';
        push @wrong, "$what: not told: @{$result->{caveats}}" if !grep { /^seep itself was stopped/ } @{$result->{caveats}};
        my $stored = seep('report', 'last', '--db', $case->{db}, '--json', '-');
        push @wrong, "$what: not stored" if $stored->{out} !~ /seep itself was stopped/;
    }, @cases);
    conclude_row('seep stopped for 2 to 12 s (SIGSTOP, SIGTSTP)', scalar @cases, 'told; no lag, nothing late, no growth', @wrong);
};

is(none_left(), '', 'nothing of ours still runs');
done_testing();
