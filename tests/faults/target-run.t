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

sub in_turns { # so many at a time: they mostly wait
    my ($most, $begin, $end, @cases) = @_;
    my @under_way;
    for my $case (@cases) {
        push @under_way, [$case, $begin->($case)];
        $end->(@{shift @under_way}) if @under_way >= $most;
    }
    $end->(@$_) for @under_way;
    return;
}

subtest 'faults during a run' => sub {
    my @leaks = $short ? ('off') : ('off', 'on');
    my @cases = map { my $name = $_; map { [$name, $_] } @leaks } sort { ($b =~ /never|backlog|half|stopped/) <=> ($a =~ /never|backlog|half|stopped/) || $a cmp $b } keys %faults;
    my %reasons;
    in_turns(8, sub { my ($name, $leak) = @{$_[0]}; return run_with('fault', {%{$faults{$name}[0]}, LEAK => $leak}) }, sub {
        my ($case, $job) = @_;
        my ($name, $leak) = @$case;
        my $ran = gather($job, 150);
        is_inconclusive("$name, leak $leak", $ran, $faults{$name}[1]);
        $reasons{$name} //= $ran->{result}{reason};
    }, @cases);
    tried("the target $_, in a run", scalar @leaks, 'inconclusive: ' . ($reasons{$_} // ''), 'nothing') for sort keys %faults;
};

done_testing();
