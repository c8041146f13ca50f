#!/usr/bin/env perl
# The profile live of docker/compose.yaml: Prometheus scrapes the soak by its service's name, to the verdict.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compose;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Seep;

my $port = $ENV{PROMETHEUS_PORT} = free_port();
my $job = compose_begin({env => {LINGER => '40s'}}, '--profile', 'live', 'up', '--build', '--exit-code-from', 'seep');

sub query {
    my ($query) = @_;
    (my $escaped = $query) =~ s/([^A-Za-z0-9_])/sprintf '%%%02X', ord $1/ge;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or return undef;
    print $socket "GET /api/v1/query?query=$escaped HTTP/1.0\r\nHost: 127.0.0.1:$port\r\n\r\n";
    local $/;
    my $answer = eval { decode_json((split /\r\n\r\n/, <$socket> // '', 2)[1] // '') } or return undef;
    return $answer->{data}{result}[0] ? $answer->{data}{result}[0]{value}[1] : undef;
}

my $until = time + 420;
select undef, undef, undef, 0.5 while time < $until && !(defined query('seep_exit_code{instance="seep:9464"}'));
my %told = map { $_ => query($_) } 'seep_exit_code', 'sum(seep_requests_total)', 'up{instance="seep:9464"}';
my $ran = compose_wait($job);
is($ran->{exit}, 1, 'the soak ends with 1') or diag($ran->{out});
my $result = json(results() . '/compose/soak.json');
is($told{'up{instance="seep:9464"}'}, 1, 'by its name');
is($told{seep_exit_code}, 1, 'the exit code');
is($told{'sum(seep_requests_total)'}, $result->{replay}{planned}, 'as many requests as the store has');
is(take_down()->{exit}, 0, 'down -v');
is(left_behind(), '', 'nothing is left behind');
done_testing();
