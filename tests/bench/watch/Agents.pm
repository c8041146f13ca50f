# The agents as seep injects them (harness/agents/README.md), and readings by seep's own functions (reads.c).
package Agents;
use strict;
use warnings;
use Bench;
use Exporter qw(import);

our @EXPORT = qw(agent_missing under_agent sockets_of bodies times_us calls_per_read program_missing);

my %files = (python => 'agents/python/sitecustomize.py', node => 'agents/node/agent.js', malloc => 'libseep-malloc.so');
my %loaded_by = (
    python => sub { return 'PYTHONPATH=' . build() . '/agents/python' },
    node => sub { return 'NODE_OPTIONS=--require "' . build() . "/$files{node}\"" },
    malloc => sub { return 'LD_PRELOAD=' . build() . "/$files{malloc}" },
);
my $rooms = 0;

sub program_missing {
    my ($program) = @_;
    return undef if $program =~ m{/} ? -x $program : grep { -x "$_/$program" } split /:/, $ENV{PATH};
    return "$program is not there";
}

# Why an agent cannot be measured; undef: it can.
sub agent_missing {
    my ($agent) = @_;
    return -r build() . "/$files{$agent}" ? undef : "the $agent agent is not there ($files{$agent})";
}

# Starts a command on the target's core, with an agent or (undef) without; {pid, room, agent, out}.
sub under_agent {
    my ($agent, @command) = @_;
    my $room = scratch() . '/agents.' . ++$rooms;
    mkdir $room, 0700 or die "$room: $!";
    my @set = defined $agent ? ("SEEP_AGENT_DIR=$room", $loaded_by{$agent}->()) : ();
    return {pid => launch("$room.out", pin('target'), 'env', @set, @command), room => $room, agent => $agent, out => "$room.out"};
}

# As origins, parents before the workers that they forked; waits for so many.
sub sockets_of {
    my ($started, $count) = @_;
    my %start_of;
    wait_for("the $started->{agent} agent", sub {
        %start_of = map { /-(\d+)-(\d+)\.sock$/ ? ("unix:$_" => [$2, $1]) : () } glob "$started->{room}/$started->{agent}-*.sock";
        return keys %start_of >= $count;
    });
    return sort { $start_of{$a}[0] <=> $start_of{$b}[0] || $start_of{$a}[1] <=> $start_of{$b}[1] } keys %start_of;
}

sub run_reads {
    my ($given, @arguments) = @_;
    my $ran = measure($given, build() . '/bench/watch/reads', @arguments);
    return $ran->{exit} == 0 ? $ran->{out} : die "reads @arguments: $ran->{err}\n";
}

# What so many requests of seep are answered.
sub bodies {
    my ($origin, $path, $times) = @_;
    return split /\n+/, run_reads({}, 'body', $times, 60_000, $origin, $path);
}

# Microseconds of each read.
sub times_us {
    my ($kind, @where) = @_;
    return map { $_ / 1e3 } split /\n/, run_reads({}, $kind, 300, 500, @where);
}

# By the difference of two lengths; undef where it cannot be traced here.
sub calls_per_read {
    my @where = @_;
    my $kind = shift @where;
    require Counts;
    my @totals = map {
        my $out = scratch() . '/strace';
        my $ran = measure({wrap => []}, 'strace', '-f', '-c', '-o', $out, build() . '/bench/watch/reads', $kind, $_, 60_000, @where);
        $ran->{exit} == 0 ? Counts::system_calls($out)->{total} : undef;
    } 50, 150;
    return defined $totals[0] && defined $totals[1] ? ($totals[1] - $totals[0]) / 100 : undef;
}

1;
