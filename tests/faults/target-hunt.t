#!/usr/bin/env perl
# A target that fails while it is hunted: an inconclusive answer with its reason, or a finding that lacks what did not come and says so.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use Test::More;
use Seep;
use Table;

my $here = $FindBin::Bin;
my $short = short_form();

sub service {
    my ($name, $host, $more) = @_;
    return make_service($name, <<"END", map { my $at = $_; ["GET $at", '', map { [$at] } 1 .. 20] } '/a', '/b');
target: http://$host:\${PORT}
start: {command: [/usr/bin/python3, $here/target.py, "\${PORT}"]}
ready: GET /health
timeout: {connect: 1s, total: 2s}
signals:
  - {name: live_objects, url: /memory, pointer: /objects, unit: objects}
  - {name: live_bytes, url: /memory, pointer: /bytes, unit: bytes}
snapshots:
  - {name: sites, url: /sites, format: tracemalloc}
$more
END
}

my $plain = service('plain', '127.0.0.1', '');

sub hunt {
    my ($name, $env, $directory, @arguments) = @_;
    return begin({name => $name, env => $env}, 'bisect', $directory, '--confirm', '1000', '-q', '--db', scratch() . "/$name.db", '--json', scratch() . "/$name.json", @arguments);
}

sub checked {
    my ($what, $ran, $reason, $leak) = @_;
    my $result = $ran->{result};
    is($ran->{exit}, 125, "$what: exit code") or diag("$ran->{out}$ran->{err}");
    is($result->{verdict}, 'inconclusive', "$what: verdict");
    like($result->{reason} // '', $reason, "$what: reason");
    is_deeply($result->{findings}, [], "$what: no finding");
    is_deeply($result->{cleared} // [], [], "$what: nobody is cleared") if $leak eq 'on';
    return;
}

my %faults = (
    'killed' => [{FAULT => 'kill'}, qr/^the target was killed by signal 9/],
    'exits with 137' => [{FAULT => 'exit-137'}, qr/^the target exited with status 137/],
    'refuses' => [{FAULT => 'refuse'}, qr/^the target stopped accepting|Connection refused/],
    'resets in the middle' => [{FAULT => 'reset'}, qr/did not land|cannot be read after/],
    'its disk is full' => [{FAULT => 'full'}, qr/did not land|answered 507|no set of them was shown to be why|were not looked at/],
    'its signals answer 500' => [{FAULT => 'memory-500'}, qr/^signal live_objects cannot be read after .* answered 500/],
    'its signals are noise' => [{FAULT => 'memory-garbage'}, qr/^signal live_objects cannot be read after .* not JSON/],
    'stopped' => [{FAULT => 'stop'}, qr/^the target hangs|timed out/i],
    'accepts and never answers' => [{FAULT => 'silent'}, qr/^the target hangs|timed out/i],
    'accepts no more, its backlog full' => [{FAULT => 'backlog'}, qr/^the target (?:hangs|stopped accepting)|timed out/i],
    'its signals never answer' => [{FAULT => 'memory-silent'}, qr/^signal live_objects cannot be read after .*timed out/i],
);
my $waits = qr/stopped|never|backlog/; # half a minute and more

subtest 'faults during a hunt' => sub {
    my @names = sort { ($b =~ $waits) <=> ($a =~ $waits) || $a cmp $b } grep { !$short || /killed|500|disk is full/ } keys %faults;
    my @cases = map { my $name = $_; map { [$name, $_] } $short ? 'on' : ('off', 'on') } @names;
    my %reasons;
    in_turns(6, sub {
        my ($name, $leak) = @{$_[0]};
        (my $file = "$name-$leak") =~ s/\W+/-/g;
        return hunt($file, {%{$faults{$name}[0]}, LEAK => $leak, FAULT_AFTER => 900}, $plain); # a hunt without a leak may end after 1,300
    }, sub {
        my ($case, $job) = @_;
        my ($name, $leak) = @$case;
        my $ran = gather($job, 250);
        checked("$name, leak $leak", $ran, $faults{$name}[1], $leak);
        $reasons{$name} //= $ran->{result}{reason};
    }, @cases);
    tried("a target: $_, in a hunt", $short ? 1 : 2, 'inconclusive: ' . ($reasons{$_} // ''), 'nothing') for @names;
};

# The finding rests on signals; where the lines are missing it says so, and never makes them up.
subtest 'sites that do not come' => sub {
    my %sites = ('sites-500' => qr/answered 500/, 'sites-garbage' => qr/no line of tracemalloc|expected/, 'sites-cut' => qr/closed|short|bytes/);
    $sites{'sites-silent'} = qr/timed out/i if !$short;
    in_turns(4, sub { return hunt($_[0], {FAULT => $_[0], FAULT_AFTER => 0, LEAK => 'on'}, $plain) }, sub {
        my ($fault, $job) = @_;
        my $ran = gather($job, 400);
        my $result = $ran->{result};
        isnt($result->{verdict}, 'no_growth', "$fault: what leaks is not called flat") or diag($ran->{err});
        is_deeply([map { @{$_->{sites} // []} } @{$result->{findings}}], [], "$fault: no site is made up");
        like(join("\n", @{$result->{caveats}}, $result->{reason} // ''), $sites{$fault}, "$fault: why there is none") or diag($ran->{out});
        tried("allocation sites: $fault, in a hunt", 1, "$result->{verdict}, without sites, and why", 'nothing');
    }, sort keys %sites);
};

my $shim = ($ENV{BUILD} // root() . '/build') . '/faults/jumps.so';

subtest 'names are no longer resolved' => sub {
    plan skip_all => "needs $shim (make $shim)" if !-e $shim;
    my $named = service('named', 'localhost', 'allow: [localhost]');
    my ($times, %ends) = (0);
    in_turns(3, sub {
        my ($left) = @_;
        return hunt("named-$left", {LD_PRELOAD => $shim, NAMES_LEFT => $left, NAMES_WAIT => 1, LEAK => 'on'}, $named);
    }, sub {
        my ($left, $job) = @_;
        my $ran = gather($job, 250);
        my $verdict = $ran->{result}{verdict} // 'none';
        $times++;
        $ends{"$ran->{exit} $verdict"}++;
        like($ran->{exit}, qr/^(?:1|125|200)$/, "after $left: an exit code that is documented") or diag($ran->{err});
        isnt($verdict, 'no_growth', "after $left: what leaks is not called flat");
        my $why = qr/localhost.*resolution/s;
        if ($ran->{exit} eq '200') { # it did not begin
            like($ran->{err}, qr/\Aseep: [^\n]*localhost[^\n]*resolution[^\n]*\n\z/, "after $left: one line says why");
        } elsif ($ran->{out} =~ /ended early/ || $ran->{exit} == 125) {
            like($ran->{out}, $why, "after $left: why it ended early");
        }
    }, $short ? (1, 6) : (0 .. 9));
    tried('names are no longer resolved, in a hunt', $times, join(', ', map { "$ends{$_}x exit $_" } sort keys %ends), 'nothing');
};

done_testing();
