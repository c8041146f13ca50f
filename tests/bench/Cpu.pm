# CPU per request of seep and of its peers: the same nginx, the same core, in turn.
#
# What a program needs to start and to connect is taken out by the difference of two lengths: of the median of three
# short runs and of each long one. Requests are counted by nginx, and held against what the program says it got.
package Cpu;
use strict;
use warnings;
use Bench;
use Drivers;

my $rounds = $ENV{BENCH_ROUNDS} // 5;
my $rounds_least = 2;
my $rounds_others = 3; # of peers that no limit is about
my $budget_s = $ENV{BENCH_SECONDS} // 330; # of all cells; a busy machine gets fewer rounds, and its rows say so
my %long = (1 => 8_000, 50 => 20_000, 500 => 20_000);
my %wrk_seconds = (1 => [0.2, 0.6], 50 => [0.2, 0.6], 500 => [0.8, 1.3]); # short and long, until SIGINT
my $slack = 4; # requests that are no replay: seep asks whether the target answers

# Why a run is none: `got` answers by its own word, `count` by nginx's, of those that it was asked for.
sub doubt {
    my ($count, $got, $asked, $connections) = @_;
    return 'it says that it did not get its answers' if !defined $got;
    return "it got $got answers of $asked" if defined $asked && $got != $asked;
    return "it got $got answers, nginx gave $count" if $count < $got || $count > $got + $connections + $slack;
    return undef;
}

# One run of a program; {cpu, count, why}.
sub one {
    my ($nginx, $driver, $connections, $short) = @_;
    my $requests = $short ? 4 * $connections : $long{$connections};
    $requests = 1000 if $short && $requests < 1000;
    my $before = $nginx->requests;
    my ($ran, $got) = $driver->{run}->($requests, $wrk_seconds{$connections}[$short ? 0 : 1]);
    my $count = $nginx->requests - $before;
    my $why = $ran->{why};
    $why //= doubt($count, $got, $driver->{timed} ? undef : $requests, $connections);
    $why //= 'not every answer was 200' if $nginx->odd_answers > 0;
    return {cpu => $ran->{cpu}, count => $count, why => $why};
}

sub peer {
    my ($peer, $work, $connections, $url) = @_;
    return {%$peer, run => sub {
        my ($requests, $seconds) = @_;
        my $ran = measure({$peer->{timed} ? (interrupt => $seconds) : ()}, $peer->{command}->($work, $connections, $url, $requests));
        return ($ran, $peer->{got}->($ran->{out}));
    }};
}

sub ourselves {
    my ($directory, $connections) = @_;
    return {name => 'seep', run => sub {
        my $ran = run_seep($directory, '--connections', $connections, '--requests', $_[0]);
        my $replay = $ran->{json}{replay} // {};
        return ($ran, @{$ran->{json}{not_looked_at} // []} ? undef : $replay->{done});
    }};
}

# Those of a cell, seep first; for six headers also wrk's bare GET, which recorded requests are judged by.
sub drivers_of {
    my ($nginx, $name, $connections, $transport) = @_;
    my $url = $nginx->url($transport);
    my $directory = Drivers::recorded($name, $url, $transport eq 'tls' ? $nginx->ca : undef);
    my @drivers = (ourselves($directory, $connections), map { peer($_, $Drivers::workloads{$name}, $connections, $url) } @Drivers::peers);
    if ($name eq 'six') {
        my $bare = peer($Drivers::peers[0], $Drivers::workloads{get}, $connections, $url);
        push @drivers, {%$bare, name => 'wrk bare'};
    }
    return @drivers;
}

sub warm_up {
    my ($nginx, $driver, $connections) = @_;
    my @runs = map { one($nginx, $driver, $connections, 1) } 1 .. 3;
    my ($bad) = grep { defined } map { $_->{why} } @runs;
    $driver->{why} = $bad;
    $driver->{base} = {cpu => median(map { $_->{cpu} } @runs), count => median(map { $_->{count} } @runs)};
}

sub per_request {
    my ($nginx, $driver, $connections) = @_;
    return undef if defined $driver->{why};
    my $run = one($nginx, $driver, $connections, 0);
    $driver->{why} = $run->{why};
    return defined $run->{why} ? undef : ($run->{cpu} - $driver->{base}{cpu}) / ($run->{count} - $driver->{base}{count});
}

# Rounds until then, but a few: {name => [microseconds by round]}, and why a program has none.
sub cell {
    my ($nginx, $until, @cell) = @_;
    my ($name, $connections, $transport) = @cell;
    my @drivers = drivers_of($nginx, @cell);
    my %us = map { $_->{name} => [] } @drivers;
    warm_up($nginx, $drivers[0], $connections);
    if (!defined $drivers[0]{why}) {
        warm_up($nginx, $_, $connections) for @drivers[1 .. $#drivers];
        for my $round (1 .. $rounds) {
            last if $round > $rounds_least && time > $until;
            push @{$us{$_->{name}}}, per_request($nginx, $_, $connections) for grep { $round <= $rounds_others || $_->{name} =~ /^(?:seep|wrk)/ } @drivers;
        }
    }
    return (\%us, {map { $_->{name} => $_->{why} } @drivers});
}

my @columns = ('wrk', 'ab', 'hey', 'h2load', 'wrk bare');

# Medians of the ratios, pair by pair; a pair of which one is missing is none.
sub ratio {
    my ($us, $peer) = @_;
    my @pairs = grep { defined $us->{seep}[$_] && defined $us->{$peer}[$_] && $us->{$peer}[$_] > 0 } 0 .. $#{$us->{$peer} // []};
    return map { $us->{seep}[$_] / $us->{$peer}[$_] } @pairs;
}

sub row {
    my ($us, $why, @cell) = @_;
    my @ours = grep { defined } @{$us->{seep}};
    my $few = @ours < $rounds ? scalar(@ours) . ' pairs' : undef;
    my @words = grep { defined } $few, map { defined $why->{$_} && $_ ne 'seep' ? "$_: $why->{$_}" : () } @columns;
    return [@cell, '-', ('-') x @columns, $why->{seep}] if defined $why->{seep};
    return [@cell, spread('%.1f', @ours), (map { spread('%.2f', ratio($us, $_)) } @columns), join '; ', @words];
}

sub throughput {
    my ($nginx, $connections) = @_;
    my $directory = Drivers::recorded('get', $nginx->url('plain'));
    my @runs = map { run_seep($directory, '--connections', $connections, '--requests', $_) } 50_000, 250_000;
    return $runs[0]{why} // $runs[1]{why} if defined $runs[0]{why} || defined $runs[1]{why};
    my ($few, $many) = map { $_->{json} } @runs;
    return commas(200_000 / ($many->{seconds} - $few->{seconds})) . ' requests/s';
}

sub open_loop {
    my ($nginx, $rate) = @_;
    my $directory = Drivers::recorded('get', $nginx->url('plain'));
    my $ran = run_seep($directory, '--rate', "$rate/s", '--duration', '3s');
    return $ran->{why} if defined $ran->{why};
    my $replay = $ran->{json}{replay};
    return sprintf '%s done, %s failed, %s skipped of %s in 3 s; lag %s us at the median, %s us p99; CPU %.2f s',
        (map { commas($replay->{$_}) } qw(done failed skipped planned lag_p50_us lag_p99_us)), $ran->{cpu} / 1e6;
}

# Those that are asked for: what is sent, connections, transport.
sub cells {
    my $pattern = $ENV{BENCH_CELLS} // '.';
    my @all = map { my $transport = $_; map { my $name = $_; map { [$name, $_, $transport] } 1, 50, 500 } qw(get six post) } qw(plain tls);
    return grep { "@$_" =~ /$pattern/ } @all;
}

sub part {
    my ($report, $nginx) = @_;
    my @rows;
    my @cells = cells();
    my $end = time + $budget_s;
    while (my $cell = shift @cells) {
        my $until = time + ($end - time) / (@cells + 1);
        push @rows, row(cell($nginx, $until, @$cell), @$cell);
        progress("cpu: @{$rows[-1]}");
    }
    $report->heading('CPU per request');
    $report->say("User and system time, microseconds of seep, then seep's over the peer's: median of $rounds pairs with wrk, $rounds_others with others, in turn (lowest-highest). Start-up and connecting are taken out by the difference of two lengths. `six`: recorded requests with six header fields, `wrk bare`: wrk's GET without any.");
    $report->table(['requests', 'connections', 'transport', 'seep us', map({ "x $_" } @columns), 'note'], @rows);
    $report->heading('One loop');
    $report->table(['load', 'reached'], ['closed, 50 connections', throughput($nginx, 50)],
        map { ["open, $_/s", open_loop($nginx, $_)] } 50_000, 80_000);
}

1;
