# A real Prometheus that scrapes instances of the pricing service each second, under a mix that varies: some leak, the
# others do not.
package Live;
use strict;
use warnings;
use Bench;
use HTTP::Tiny;
use JSON::PP;
use List::Util qw(shuffle);
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Prometheus;
use Time::HiRes qw(sleep time);

my $instances = 3;
my $per_second = 60; # of an instance, on the average
# As recorded, but for the leak, and reports: the 6 MB that one frees would hide minutes of it.
my %often = ('GET /quote/{slug}' => 4, 'GET /report/{date}' => 0);
# What each LEAK of the service keeps for a call, its README says.
my @leaks = ({leak => 'more', endpoint => 'GET /quote/{sku}', bytes => 1136}, {leak => 'off'});

sub start_service {
    my ($leak) = @_;
    my $port = free_port();
    my $pid = launch(scratch() . "/pricing-$port", 'env', "LEAK=$leak", '/usr/bin/python3', '-m', 'gunicorn', '-w', 1, '-b', "127.0.0.1:$port",
        '--chdir', root() . '/docker/staging/pricing', 'app:app');
    my $http = HTTP::Tiny->new(timeout => 2);
    wait_for('the pricing service', sub { $http->get("http://127.0.0.1:$port/health")->{success} });
    return {port => $port, pid => $pid};
}

# {endpoint => [request, ...]} of the recordings.
sub recorded {
    my %requests;
    for my $file (glob root() . '/scenarios/pricing/*.jsonl') {
        open my $lines, '<', $file or die "$file: $!";
        <$lines>;
        while (<$lines>) {
            my $request = decode_json($_);
            push @{$requests{$request->{endpoint}}}, $request;
        }
    }
    return \%requests;
}

sub send_one {
    my ($http, $port, $request) = @_;
    my %header = map { $_ => $request->{header}{$_}[0] } grep { /^(?:content-type|accept)$/i } keys %{$request->{header} // {}};
    $http->request($request->{method}, "http://127.0.0.1:$port$request->{url}",
        {headers => \%header, defined $request->{body} ? (content => decode_base64($request->{body})) : ()});
}

sub poisson {
    my ($mean) = @_;
    my ($events, $left, $product) = (0, exp -$mean, rand);
    for (; $product > $left; $product *= rand) { $events++ }
    return $events;
}

# How often at that time, as a factor: swings of a minute or so, and times of much and of little.
sub mood {
    my ($of, $at) = @_;
    return exp(0.9 * sin(6.283 * ($at / $of->{period} + $of->{phase}))) * ($at % (2 * $of->{spell}) < $of->{spell} ? 1.5 : 0.5);
}

# All recorded requests once, then `seconds` of the mix; what is late is sent at once, what is a second late is not.
sub drive {
    my ($port, $seconds, $seed) = @_;
    srand $seed;
    my ($http, $requests, $all) = (HTTP::Tiny->new(timeout => 5, keep_alive => 0), recorded(), 0);
    my @endpoints = grep { $often{$_} // 1 } sort keys %$requests;
    $all += @$_ for values %$requests;
    send_one($http, $port, $_) for map { @{$requests->{$_}} } @endpoints;
    my %of = map { $_ => {period => 25 + rand 60, phase => rand, spell => 15 + int rand 40,
        rate => $per_second * ($often{$_} // 1) * @{$requests->{$_}} / $all} } @endpoints;
    print "ready\n";
    my $from = time;
    for my $second (0 .. $seconds - 1) {
        my @due = shuffle map { my $name = $_; (($name) x poisson($of{$name}{rate} * mood($of{$name}, $second))) } @endpoints;
        for my $i (0 .. $#due) {
            my $early = $from + $second + $i / @due - time;
            last if $early < -1;
            sleep $early if $early > 0;
            my $those = $requests->{$due[$i]};
            send_one($http, $port, $those->[rand @$those]);
        }
    }
    print "done\n";
}

sub start_load {
    my ($service, $seconds, $seed) = @_;
    my $out = scratch() . "/load-$service->{port}";
    my $pid = launch($out, $^X, map({ "-I$_" } @INC), '-MLive', '-e', '$| = 1; Live::drive(@ARGV)', $service->{port}, $seconds, $seed);
    return {pid => $pid, out => $out};
}

sub await {
    my ($load, $word, $seconds) = @_;
    for (my $end = time + $seconds; slurp($load->{out}) !~ /^$word$/m; sleep 0.1) {
        die "the load is not $word after $seconds s\n" if time > $end;
    }
}

sub kept { return decode_json(HTTP::Tiny->new(timeout => 5)->get("http://127.0.0.1:$_[0]{port}/debug/memory")->{content})->{kept} }

sub begin_case {
    my ($case, $seconds, $number) = @_;
    my @services = map { start_service($case->{leak}) } 1 .. $instances;
    return {%$case, job => "pricing-$case->{leak}", services => \@services,
        loads => [map { start_load($services[$_], $seconds, 100 * $number + $_) } 0 .. $#services]};
}

sub row {
    my ($case, $prometheus, $seconds) = @_;
    my ($memory, $requests) = map { qq($_\{job="$case->{job}"}) } 'process_resident_memory_bytes', 'pricing_requests_total';
    my $result = $prometheus->suspects('--memory', $memory, '--requests-by', $requests, '--since', "${seconds}s", '--step', '2s');
    my @when = (time - $seconds, time, 2);
    $prometheus->keep("$case->{job}-memory", $memory, @when);
    $prometheus->keep("$case->{job}-requests", $requests, @when);
    my $leaks = defined $case->{endpoint};
    my $rank = $leaks ? Prometheus::rank($result, $case->{endpoint}) : 0;
    my $right = $leaks ? $rank > 0 && $rank <= 3 : !@{$result->{suspects} // []} && !$result->{why};
    return ["LEAK=$case->{leak}", $leaks ? "$case->{endpoint}, $case->{bytes} B" : 'none', join(' ', map { kept($_) } @{$case->{services}}),
        Prometheus::told($result), $right ? 'yes' : 'no'];
}

sub part {
    my ($report, undef, $seconds) = @_;
    $report->heading('A real Prometheus, scraping the pricing service');
    my $why = Prometheus::missing() // (system('/usr/bin/python3 -c "import flask, gunicorn, prometheus_client" 2>/dev/null') != 0 ? 'no gunicorn or Flask' : undef);
    return $report->say("Skipped: $why.") if $why;
    my $number = 0;
    my @cases = map { begin_case($_, $seconds, ++$number) } @leaks;
    my @loads = map { @{$_->{loads}} } @cases;
    await($_, 'ready', 120) for @loads;
    my %jobs = map { $_->{job} => [map { "127.0.0.1:$_->{port}" } @{$_->{services}}] } @cases;
    my $prometheus = Prometheus::start(scratch() . '/live', %jobs);
    progress("scraped for $seconds s");
    await($_, 'done', $seconds + 60) for @loads;
    my @rows = map { row($_, $prometheus, $seconds) } @cases;
    $prometheus->stop_it;
    stop($_->{pid}) for @loads, map { @{$_->{services}} } @cases;
    $report->table(['service', 'truth', 'records kept', 'first suspects', 'right'], @rows);
    $report->say(sprintf '%d instances, scraped each second for %d s under about %d requests a second each, in a mix that varies, after all recorded requests once, without reports. What it answered is kept in results/bench-suspects/.',
        $instances * @leaks, $seconds, $per_second);
}

1;
