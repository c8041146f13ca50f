# A small seeded fleet as monitoring keeps it, and one endpoint of it that leaks. Core Perl only.
package Fleet;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(fleet openmetrics);

use constant {DAY => 86400, BASE => 150e6, LIMIT => 512 << 20};

# given: from, days, step (seconds), instances, endpoints => [[method, route, requests per second, bytes kept by each], ...], seed,
# deploys => [days]. Returns {times, instances => [{name, memory, started, requests => [[...] by endpoint]}]}; requests are counters.
sub fleet {
    my (%given) = @_;
    srand($given{seed} // 1); # perl's own generator: the same numbers everywhere
    my $rows = int($given{days} * DAY / $given{step});
    my @times = map { $given{from} + $_ * $given{step} } 0 .. $rows;
    my @instances;
    my $endpoints = $given{endpoints};
    my @mix = map { 1 } @$endpoints;
    my @share; # how much is asked of each endpoint, hour by hour, by all clients together
    for my $hour (0 .. $given{days} * 24 + 1) {
        $mix[$_] = 0.4 * $mix[$_] + 0.6 * (0.1 + 1.8 * rand()) for 0 .. $#mix;
        push @share, [@mix];
    }
    for my $number (1 .. $given{instances}) {
        my %instance = (name => "10.2.0.$number:8080", requests => [map { [] } @$endpoints]);
        my @counters = map { 0 } @$endpoints;
        my ($memory, $started, $grown) = (BASE, $times[0] - 3600, 0);
        my @deploys = map { $given{from} + $_ * DAY + 40 * $number } @{$given{deploys} // []};
        for my $row (0 .. $rows) {
            if (@deploys && $times[$row] > $deploys[0]) {
                $started = shift @deploys;
                @counters = map { 0 } @counters;
                $grown = 0;
            }
            my $hour = $share[int($row * $given{step} / 3600)];
            for my $e (0 .. $#counters) {
                my $day = 0.55 + 0.45 * sin(2 * 3.14159265 * ($times[$row] - $given{from}) / DAY + 0.7 * $e);
                my $came = int($endpoints->[$e][2] * $given{step} * $day * $hour->[$e] * (0.9 + 0.2 * rand()));
                $counters[$e] += $came;
                $grown += $came * ($endpoints->[$e][3] // 0);
                push @{$instance{requests}[$e]}, $counters[$e];
            }
            push @{$instance{memory}}, int(BASE + $grown + 2e6 * rand());
            push @{$instance{started}}, $started;
        }
        push @instances, \%instance;
    }
    return {times => \@times, instances => \@instances, endpoints => $endpoints};
}

# As OpenMetrics, which promtool makes blocks of.
sub openmetrics {
    my ($fleet, $job) = @_;
    my @lines = ('# TYPE process_resident_memory_bytes gauge');
    my $times = $fleet->{times};
    my $all = sub {
        my ($name, $labels, $values) = @_;
        push @lines, map { "$name\{$labels\} $values->[$_] $times->[$_]" } 0 .. $#$times;
    };
    $all->('process_resident_memory_bytes', qq(instance="$_->{name}",job="$job"), $_->{memory}) for @{$fleet->{instances}};
    push @lines, '# TYPE process_start_time_seconds gauge';
    $all->('process_start_time_seconds', qq(instance="$_->{name}",job="$job"), $_->{started}) for @{$fleet->{instances}};
    push @lines, '# TYPE http_requests counter';
    for my $instance (@{$fleet->{instances}}) {
        for my $e (0 .. $#{$fleet->{endpoints}}) {
            my ($method, $route) = @{$fleet->{endpoints}[$e]};
            my $labels = qq(instance="$instance->{name}",job="$job",method="$method",handler="$route",code=);
            my @errors = map { int($_ / 100) } @{$instance->{requests}[$e]};
            my @fine = map { $instance->{requests}[$e][$_] - $errors[$_] } 0 .. $#errors;
            $all->('http_requests_total', qq($labels"200"), \@fine);
            $all->('http_requests_total', qq($labels"500"), \@errors);
        }
    }
    return join("\n", @lines, '# EOF') . "\n";
}

1;
