# Real servers whose truth is known (tests/servers/score/), each started, driven and judged by `seep run`.
package Servers;
use strict;
use warnings;
use Bench;
use JSON::PP;
use Time::HiRes qw(time);

my $here = root() . '/tests/servers/score';
my $requests = 8000;
my $recorded = 50;
my @stairs = (2000, 8000, 30_000);
my $ring = 5000;
my $session_s = 0.5;

# What KEEP= keeps for good, in bytes per request from least to most (tests/servers/score/README.md).
my %python = (small => [40, 41], middle => [200, 201], large => [1032, 1049], rarely => [25.9, 26.1], outside => [1024, 1025]);
my @servers = ( # the quick ones first
    {name => 'C', command => [build() . '/servers/score/native'], keeps => [],
        leaks => {small => [40, 48], middle => [200, 208], large => [1024, 1040], rarely => [25.6, 26.4], outside => [1024, 1024]}},
    {name => 'http.server', command => ['/usr/bin/python3', "$here/stdlib.py"], keeps => [qw(lru sessions)], leaks => \%python},
    {name => 'node', command => ['node', "$here/server.js"], keeps => ['sessions'],
        leaks => {small => [56, 56], middle => [200, 200], large => [1024, 1024], rarely => [25.6, 25.6], outside => [1024, 1030]}},
    {name => 'gunicorn', keeps => [qw(lru sessions)], leaks => \%python,
        command => ['/usr/bin/python3', '-m', 'gunicorn', '-w', 1, '-k', 'gthread', '--threads', 4, '--keep-alive', 60,
            '-b', '127.0.0.1:${PORT}', '--chdir', $here, 'flask_app:app']},
);
my @bounded = qw(nothing ring churn);
my @leaks = qw(small middle large rarely outside);

sub directory {
    my ($server, $keep) = @_;
    my $directory = scratch() . "/score.$server->{name}.$keep";
    my $words = join ', ', map { qq("$_") } @{$server->{command}};
    spit("$directory/service.yaml", <<"END");
target: http://127.0.0.1:\${PORT}
start: {command: [$words], environment: {KEEP: $keep}}
ready: GET /health
load: {connections: 4}
END
    spit("$directory/item.yaml", "endpoint: GET /item\nrecording: item.jsonl\nfresh: {query: key}\n");
    spit("$directory/item.jsonl", join '', map {
        JSON::PP->new->canonical->encode({method => 'GET', url => sprintf('/item?key=k%04d', $_), status => 200, t_us => 1000 * $_}) . "\n"
    } 1 .. $recorded);
    return $directory;
}

# Whether what is bounded was still filling at the end.
sub filling {
    my ($case, $driven_s) = @_;
    return $case->{keep} eq 'ring' ? $case->{count} < $ring : $case->{keep} eq 'sessions' && $driven_s < 4 * $session_s;
}

# One run: {verdict, reason, interval (bytes per request), smallest (the same), requests, seconds, filling}
sub judge {
    my ($case) = @_;
    my $begun = time;
    my $ran = run_seep({wrap => [], limit => 200}, directory($case->{server}, $case->{keep}), '--requests', $case->{count});
    my $result = $ran->{json};
    my ($finding) = @{$result->{findings} // []};
    my ($smallest) = grep { defined } map { $_->{smallest_detectable_bytes_per_request} } @{$result->{signals} // []};
    return {verdict => $result->{verdict} // 'none', reason => $result->{reason} // $ran->{why}, interval => $finding->{interval},
        smallest => $smallest, requests => $result->{requests} // 0, seconds => time - $begun, filling => filling($case, $result->{seconds} // 0)};
}

# The cases: each server with each thing that it can keep, and the ring at more and fewer requests.
sub cases {
    my @cases;
    for my $server (@servers) {
        push @cases, map { {server => $server, keep => $_, count => $requests, leak => $server->{leaks}{$_}} } @bounded, @{$server->{keeps}}, @leaks;
        push @cases, map { {server => $server, keep => 'ring', count => $_} } grep { $_ != $requests } @stairs;
    }
    return @cases;
}

sub run_cases {
    my ($until, @cases) = @_;
    my $left_out = 0;
    for my $round (1 .. $ENV{BENCH_ROUNDS} // 1) {
        for my $case (@cases) {
            if (time > $until) {
                $left_out++;
                next;
            }
            my $judged = judge($case);
            push @{$case->{runs}}, $judged;
            progress(sprintf '%-11s %-8s %6d requests: %s, %s', $case->{server}{name}, $case->{keep}, $case->{count}, $judged->{verdict}, $judged->{reason});
        }
    }
    return $left_out;
}

sub with_verdict {
    my ($verdict, @runs) = @_;
    return grep { $_->{verdict} eq $verdict } @runs;
}

sub between { return sprintf('%.4g', $_[0]) eq sprintf('%.4g', $_[1]) ? sprintf('%.4g', $_[0]) : sprintf '%.4g-%.4g', @_[0, 1] }

sub row {
    my ($case) = @_;
    my @runs = @{$case->{runs} // []};
    my @stated = grep { $_->{interval} } @runs;
    my @smallest = grep { defined } map { $_->{smallest} } @runs;
    return [$case->{server}{name}, $case->{keep}, $case->{leak} ? between(@{$case->{leak}}) : (grep { $_->{filling} } @runs) ? 'fills' : 'bounded', commas($case->{count}),
        (map { scalar with_verdict($_, @runs) } qw(growth no_growth inconclusive none)),
        join(', ', map { between(@{$_->{interval}}) } @stated) || '-', @smallest ? sprintf('%.3g', median(@smallest)) : '-',
        @runs ? sprintf('%.1f', median(map { $_->{seconds} } @runs)) : '-'];
}

# Exact, one-sided, 95 %: Clopper and Pearson, Biometrika 26:404 (1934).
sub upper {
    my ($hits, $trials) = @_;
    my ($low, $high) = ($hits / ($trials || 1), 1);
    return 1 if $hits >= $trials;
    for (1 .. 40) {
        my ($middle, $sum, $term) = (($low + $high) / 2, 0, 0);
        for my $k (0 .. $hits) {
            $term = $k == 0 ? (1 - $middle)**$trials : $term * ($trials - $k + 1) / $k * $middle / (1 - $middle);
            $sum += $term;
        }
        ($low, $high) = $sum > 0.05 ? ($middle, $high) : ($low, $middle);
    }
    return $high;
}

sub share {
    my ($what, $hits, $trials) = @_;
    return [$what, "$hits of $trials", $trials ? sprintf('%.0f %%', 100 * upper($hits, $trials)) : '-'];
}

sub holds {
    my ($case, $run) = @_;
    return $run->{interval}[0] <= $case->{leak}[1] && $case->{leak}[0] <= $run->{interval}[1];
}

sub sums {
    my (@cases) = @_;
    my @leaking = map { @{$_->{runs} // []} } grep { $_->{leak} } @cases;
    my @free = map { @{$_->{runs} // []} } grep { !$_->{leak} } @cases;
    my @bounded = grep { !$_->{filling} } @free;
    my @filling = grep { $_->{filling} } @free;
    my ($held, $stated) = (0, 0);
    for my $case (grep { $_->{leak} } @cases) {
        my @stated = grep { $_->{interval} } with_verdict('growth', @{$case->{runs} // []});
        $stated += @stated;
        $held += grep { holds($case, $_) } @stated;
    }
    my @so_far = with_verdict('growth', @filling);
    return (share('false alarms: "growth" of what is bounded', scalar with_verdict('growth', @bounded), scalar @bounded),
        share('bounded, and not told to be', scalar with_verdict('inconclusive', @bounded), scalar @bounded),
        share('missed: "no growth" of a leak', scalar with_verdict('no_growth', @leaking), scalar @leaking),
        share('leaks not told', scalar with_verdict('inconclusive', @leaking), scalar @leaking),
        share('intervals that do not hold the truth', $stated - $held, $stated),
        share('"no growth" of what was still filling', scalar with_verdict('no_growth', @filling), scalar @filling),
        share('"growth" of it without saying through how many requests', scalar(grep { $_->{reason} !~ /requests only/ } @so_far), scalar @so_far),
        share('runs that came to no verdict', scalar with_verdict('none', map { @{$_->{runs} // []} } @cases), scalar map { @{$_->{runs} // []} } @cases));
}

sub unlike_truth {
    my ($case, $run) = @_;
    return $run->{verdict} ne ($case->{leak} ? 'growth' : 'no_growth');
}

sub part {
    my ($report, $until) = @_;
    my @cases = cases();
    my $left_out = run_cases($until, @cases);
    $report->heading('Real servers');
    $report->say('`seep run --connections 4` on servers whose truth is known (tests/servers/score/), started by it. Bytes per request; '
        . '"stated" is the interval at 95 % where growth is found, "smallest" what is said to be the smallest growth seen.');
    $report->say("There was no time for $left_out runs (BENCH_SECONDS).") if $left_out;
    $report->table(['server', 'keeps', 'truth', 'requests', 'growth', 'no growth', 'inconclusive', 'no verdict', 'stated', 'smallest', 'seconds'], map { row($_) } grep { $_->{runs} } @cases);
    $report->table(['', 'runs', 'bound (one-sided, 95 %)'], sums(@cases));
    $report->say('A ring of ' . commas($ring) . ' entries without a leak, as requests go on:');
    $report->table(['server', 'requests', 'verdict', 'because'], map {
        my $case = $_;
        map { [$case->{server}{name}, commas($case->{count}), $_->{verdict}, $_->{reason}] } @{$case->{runs} // []}
    } sort { $a->{server}{name} cmp $b->{server}{name} || $a->{count} <=> $b->{count} } grep { $_->{keep} eq 'ring' } @cases);
    $report->say('What else was not told as it is:');
    $report->table(['server', 'keeps', 'verdict', 'because'], map {
        my $case = $_;
        map { [$case->{server}{name}, $case->{keep}, $_->{verdict}, $_->{reason}] } grep { unlike_truth($case, $_) } @{$case->{runs} // []}
    } grep { $_->{keep} ne 'ring' } @cases);
}

1;
