# When requests arrive: told by the server that they arrive at (arrivals.c), not by who sent them.
#
# The error of an arrival is its distance from t0 + offset/speed; t0 is where the earliest of all arrivals would put it,
# so that no error is negative, and what all have in common (the way through loopback) is in none.
package Arrivals;
use strict;
use warnings;
use Bench;
use JSON::PP;

my @rates = (1_000, 5_000, 10_000);
my $seconds = 3;
my $slice_s = 6000; # of a real log: 30 s at 200x
my @speeds = (200, 400, 2000);

# [number, nanoseconds] in the order of arrival, of what came while `work` went on.
sub received {
    my ($work) = @_;
    my $file = scratch() . '/arrivals';
    unlink $file;
    my ($pid, $port) = arrivals_server($file);
    my $ran = $work->("http://127.0.0.1:$port");
    stop($pid);
    return ($ran, map { [split] } split /\n/, slurp($file));
}

# Microseconds, of arrivals whose offsets (microseconds, by number) are known.
sub errors {
    my ($offset_us, @arrivals) = @_;
    my @from = map { $_->[1] / 1e3 - $offset_us->{$_->[0]} } grep { defined $offset_us->{$_->[0]} } @arrivals;
    my $t0 = quantile(0, @from);
    return map { $_ - $t0 } @from;
}

sub figures {
    my @errors = @_;
    return map { commas(quantile($_, @errors)) } 0.5, 0.99, 1;
}

sub lag {
    my ($ran) = @_;
    return map { commas($ran->{json}{replay}{$_}) } qw(lag_p50_us lag_p99_us);
}

sub seep_at {
    my ($rate) = @_;
    my %offset = map { $_ => 1e6 / $rate * $_ } 0 .. $seconds * $rate - 1;
    my ($ran, @arrivals) = received(sub {
        my @requests = map { {url => "/item/7?n=$_", t_us => int $offset{$_}, status => 204} } sort { $a <=> $b } keys %offset;
        return run_seep(service("arrivals-$rate", url => $_[0], requests => \@requests), '--speed', '1x');
    });
    return ["$rate/s", 'seep', 0, $ran->{why}] if defined $ran->{why};
    return ["$rate/s", 'seep', scalar @arrivals, figures(errors(\%offset, @arrivals)), lag($ran)];
}

# The machine's own lateness (wake.c), which no driver that sleeps can be below.
sub nothing_at {
    my ($rate) = @_;
    my @lags = map { $_ / 1e3 } split /\n/, measure(build() . '/bench/wake', $rate, $seconds)->{out};
    return ["$rate/s", 'bare timer', '', '', '', '', map({ commas(quantile($_, @lags)) } 0.5, 0.99), 'wakes, and sends nothing'];
}

# A peer sends one URL on one connection: its n-th request belongs to n/rate.
sub peer_at {
    my ($rate, $name, @command) = @_;
    my ($ran, @arrivals) = received(sub { measure(@command, "$_[0]/item/7") });
    my %offset = map { $_ => 1e6 / $rate * $_ } 0 .. $#arrivals;
    my $reached = @arrivals > 1 ? $#arrivals / ($arrivals[-1][1] - $arrivals[0][1]) * 1e9 : 0;
    return ["$rate/s", $name, scalar @arrivals, figures(errors(\%offset, @arrivals)), '', '', sprintf '%.1f %% of the rate', 100 * $reached / $rate];
}

sub constant_rates {
    my @rows;
    for my $rate (@rates) {
        my $count = $rate * $seconds;
        push @rows, seep_at($rate), nothing_at($rate),
            peer_at($rate, 'hey', 'hey', '-cpus', 1, '-c', 1, '-n', $count, '-q', $rate),
            peer_at($rate, 'h2load', 'h2load', '--h1', '-t', 1, '-c', 1, '-n', $count, '--rps', $rate);
        progress("arrivals: @$_") for @rows[-4 .. -1];
    }
    return @rows;
}

# Imports a log, keeps what is due in the slice, and gives each request a number; returns its offsets.
sub slice_of {
    my ($log, $directory, $url) = @_;
    my $imported = measure({wrap => []}, seep(), 'import', $log, '-o', $directory);
    die "import: $imported->{err}" if $imported->{exit} != 0;
    my (%offset, $count);
    for my $recording (glob "$directory/*.jsonl") {
        my ($head, @lines) = split /\n/, slurp($recording);
        my @kept;
        for my $request (grep { $_->{t_us} < 1e6 * $slice_s } map { decode_json($_) } @lines) {
            $offset{++$count} = $request->{t_us};
            $request->{url} =~ s/(#.*)?$/($request->{url} =~ m{\?} ? '&' : '?') . "n=$count"/e;
            $request->{status} = 204;
            push @kept, JSON::PP->new->canonical->encode($request);
        }
        spit($recording, join "\n", $head, @kept, '');
        unlink $recording, $recording =~ s/jsonl$/yaml/r if !@kept;
    }
    my ($port) = $url =~ /:(\d+)$/;
    spit("$directory/service.yaml", "target: $url\nallow: [127.0.0.1]\nwatch: {port: $port}\n");
    return \%offset;
}

sub log_at {
    my ($log, $speed) = @_;
    my $offset_us;
    my ($ran, @arrivals) = received(sub {
        my $directory = scratch() . "/log-$speed";
        $offset_us = slice_of($log, $directory, $_[0]);
        return run_seep($directory, '--speed', "${speed}x", map { ('--methods', $_) } qw(GET HEAD POST OPTIONS));
    });
    return ["${speed}x", 'seep', 0, $ran->{why}] if defined $ran->{why};
    my %offset = map { $_ => $offset_us->{$_} / $speed } keys %$offset_us;
    my $missing = keys(%offset) - @arrivals;
    return ["${speed}x", 'seep', scalar @arrivals, figures(errors(\%offset, @arrivals)), lag($ran), $missing ? "$missing did not arrive" : ''];
}

sub part {
    my ($report) = @_;
    my $log = ($ENV{SEEP_SHARED_DATA} // root() . '/../shared/data') . '/access-combined-10k.log';
    my @head = ('load', 'driver', 'arrived', 'error p50 us', 'p99 us', 'most us', 'own lag p50 us', 'p99 us', 'note');
    $report->heading('Arrivals');
    $report->say("Against t0 + offset/speed at the server, $seconds s per rate; beside it what seep says of its own lag, and how late this machine wakes a bare timer. hey and h2load send on one connection, where they keep a rate best.");
    $report->table(\@head, constant_rates());
    return $report->say("Recorded times of a real log: $log is not there.") if !-e $log;
    $report->say("Recorded times of a real log, its first $slice_s s:");
    $report->table(\@head, map { log_at($log, $_) } @speeds);
}

1;
