# A real Prometheus on loopback, and what seep suspects says of what it keeps.
package Prometheus;
use strict;
use warnings;
use Bench;
use HTTP::Tiny;
use JSON::PP;

# Why not; undef: it is there.
sub missing {
    for my $program (qw(prometheus promtool)) {
        return "no $program (Debian: apt-get install prometheus)" if !grep { -x "$_/$program" } split /:/, $ENV{PATH};
    }
    return system("'" . seep() . "' suspects --help >/dev/null 2>&1") == 0 ? undef : 'this seep has no command suspects';
}

# jobs: name => [host:port, ...], each scraped every second; data: a directory that may hold blocks.
sub start {
    my ($data, %jobs) = @_;
    my $port = free_port();
    my $jobs = %jobs ? "scrape_configs:\n" : '';
    $jobs .= "  - {job_name: $_, static_configs: [{targets: [" . join(', ', map { "'$_'" } @{$jobs{$_}}) . "]}]}\n" for sort keys %jobs;
    my $config = spit("$data.yml", "global: {scrape_interval: 1s, scrape_timeout: 1s}\n$jobs");
    my $pid = launch("$data.log", 'prometheus', "--config.file=$config", "--storage.tsdb.path=$data", "--web.listen-address=127.0.0.1:$port",
        '--storage.tsdb.retention.time=20y');
    my $self = bless {url => "http://127.0.0.1:$port", pid => $pid}, 'Prometheus';
    my $http = HTTP::Tiny->new(timeout => 2);
    wait_for('prometheus', sub { $http->get("$self->{url}/-/ready")->{success} || select(undef, undef, undef, 0.1) * 0 });
    return $self;
}

sub stop_it { stop($_[0]{pid}) }

# The result as JSON, with `seconds`; where there is none, {why => its message}.
sub suspects {
    my ($self, @options) = @_;
    my $json = scratch() . '/suspects.json';
    unlink $json;
    my $ran = measure({wrap => [], limit => 120}, seep(), 'suspects', '--prometheus', $self->{url}, @options, '--json', $json);
    my ($said) = $ran->{err} =~ /(\S.*)/;
    my $result = -s $json ? decode_json(slurp($json)) : {why => $said // "exit $ran->{exit}"};
    return {%$result, seconds => $ran->{elapsed} / 1e6};
}

# What it answers to a query, in results/bench-suspects/, as `seep suspects --memory-file` and `--requests-file` read it.
sub keep {
    my ($self, $name, $query, $from, $until, $step) = @_;
    my $answer = HTTP::Tiny->new(timeout => 60)->post_form("$self->{url}/api/v1/query_range",
        {query => $query, start => $from, end => $until, step => $step});
    spit(root() . "/results/bench-suspects/$name.json", $answer->{content});
}

# "1: GET /a = GET /b, 120 B (100-140)"
sub told {
    my ($result) = @_;
    return $result->{why} if $result->{why};
    my $rank = 0;
    my @first = map {
        my $suspect = $_;
        my ($low, $high) = @{$suspect->{interval} // []};
        sprintf '%d: %s, %.3g B (%s)', ++$rank, join(' = ', @{$suspect->{endpoints}}), $suspect->{bytes_per_request} // 0,
            defined $low ? sprintf('%.3g-%.3g', $low, $high) : 'no interval'
    } grep { defined } @{$result->{suspects}}[0 .. 2];
    return @first ? join '; ', @first : "none: $result->{reason}";
}

# The place of the suspect that has the endpoint, from 1; 0: none.
sub rank {
    my ($result, $endpoint) = @_;
    my $rank = 0;
    for my $suspect (@{$result->{suspects} // []}) {
        $rank++;
        return $rank if grep { $_ eq $endpoint } @{$suspect->{endpoints}};
    }
    return 0;
}

1;
