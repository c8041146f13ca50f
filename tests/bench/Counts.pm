# User instructions (callgrind) and system calls (strace) per request of a whole `seep run`: what neighbours on the
# machine do not change.
#
# Start-up, reading the recording and the judgement fall out by the difference of two lengths. What goes by the clock
# (readings of the target's memory at 10 Hz, the thread that writes rows) grows with the time that such a tool takes,
# a hundred times too much: its share is measured in the same runs and taken off. Both figures are given: with it
# (`gross`) and without (`net`), which the limits are for. The share:
# - of instructions: what callgrind counts below net/loop.c:on_tick, where all tickers pass, and below the threads
#   that were started;
# - of system calls: readings open files and requests do not, so each openat of the difference stands for as many
#   calls as it does in a run that sends next to nothing (waits left out). What a reading looks up of each descriptor of
#   the target (readlinkat, getdents64) is left out: there are as many as connections.
package Counts;
use strict;
use warnings;
use Bench;
use Drivers;

my %tools = (
    callgrind => {requests => [20_000, 40_000], under => \&callgrind, read => \&instructions, what => 'user_instructions_per_request'},
    strace => {requests => [10_000, 20_000], under => \&strace, read => \&system_calls, what => 'system_calls_per_request'},
);
my @loads = map { my $name = $_; map { [$name, $_] } 50, 500 } qw(get six);
my @idle = map { ['--rate', '1/s', '--duration', "${_}s"] } 3, 6;

sub callgrind { return ('valgrind', '--tool=callgrind', "--callgrind-out-file=$_[0]") }
sub strace { return ('strace', '-f', '-c', '-o', $_[0]) }

# {total, clock}: instructions
sub instructions {
    my ($path) = @_;
    my ($total) = slurp($path) =~ /^summary: (\d+)/m or return {};
    my %got = (total => $total, clock => 0);
    open my $pipe, '-|', 'callgrind_annotate', '--inclusive=yes', '--threshold=100', '--auto=no', $path or return {};
    while (my $line = <$pipe>) {
        next if $line !~ m{^\s*([\d,]+) .*(?:/loop\.c:on_tick|:start_thread) };
        $got{clock} += $1 =~ tr/,//dr;
    }
    return \%got;
}

# {total, opened, waits}: calls
sub system_calls {
    my %calls;
    for (split /\n/, slurp($_[0])) {
        $calls{$2} = $1 if /^\s*[\d.]+\s+\S+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/;
    }
    return {} if !defined $calls{total};
    my $looked = ($calls{readlinkat} // 0) + ($calls{getdents64} // 0);
    return {total => $calls{total} - $looked, opened => $calls{openat} // 0, waits => $calls{epoll_wait} // 0};
}

sub limits {
    return map { /^(\w+)\s+(\S+)/ ? ($1 => $2) : () } split /\n/, slurp(root() . '/tests/bench/limits');
}

# Two runs, of which the second is longer; the difference of what was counted, and of requests done. One after the other:
# side by side they take the server's processor from each other, and how much one wake-up finds to do changes.
sub difference {
    my ($tool, $directory, @lengths) = @_;
    my @got;
    for my $length (@lengths) {
        my $out = scratch() . '/counted';
        unlink $out;
        my $ran = measured_seep(begin_seep({wrap => [], under => [$tool->{under}->($out)], limit => 170}, $directory, @$length));
        my $counted = $tool->{read}->($out);
        return {why => $ran->{why} // "nothing counted: $ran->{err}"} if defined $ran->{why} || !defined $counted->{total};
        push @got, {%$counted, done => $ran->{json}{replay}{done}};
    }
    return {map { $_ => $got[1]{$_} - $got[0]{$_} } keys %{$got[0]}};
}

# Of 100,000 pairs of malloc and free, with the agent and without; start-up falls out as above.
sub agent_instructions_per_pair {
    my $build = $ENV{BUILD} // root() . '/build';
    my $out = scratch() . '/pairs';
    my %instructions;
    for my $preload ('', "$build/libseep-malloc.so") {
        my @totals = map {
            local $ENV{LD_PRELOAD} = $preload;
            system("valgrind --tool=callgrind --callgrind-out-file=$out $build/bench/pairs $_ 2>$out.err") == 0 or return undef;
            instructions($out)->{total} // return undef;
        } 1000, 101_000;
        $instructions{$preload} = ($totals[1] - $totals[0]) / 100_000;
    }
    return $instructions{"$build/libseep-malloc.so"} - $instructions{''};
}

# Calls that go by the clock, for each file opened.
sub calls_per_opened {
    my ($directory) = @_;
    my $idle = difference($tools{strace}, $directory, @idle);
    return $idle if defined $idle->{why} || $idle->{opened} <= 0;
    return {value => ($idle->{total} - $idle->{waits}) / $idle->{opened}};
}

# {load => {gross, net, why}}, for loads named "get 50".
sub count {
    my ($name, $url) = @_;
    my $tool = $tools{$name};
    my %directories = map { $_ => Drivers::recorded($_, $url) } qw(get six);
    my $per_opened = $name eq 'strace' ? calls_per_opened($directories{get}) : {value => 0};
    return map { ("@$_" => $per_opened) } @loads if !defined $per_opened->{value};
    my %counted;
    for my $load (@loads) {
        my ($work, $connections) = @$load;
        my $got = difference($tool, $directories{$work}, map { ['--connections', $connections, '--requests', $_] } @{$tool->{requests}});
        my $asked = $tool->{requests}[1] - $tool->{requests}[0];
        $got->{why} = "$got->{done} of $asked done" if !defined $got->{why} && $got->{done} != $asked;
        my $clock = $got->{clock} // $per_opened->{value} * ($got->{opened} // 0);
        $counted{"@$load"} = defined $got->{why} ? $got : {gross => $got->{total} / $asked, net => ($got->{total} - $clock) / $asked};
    }
    return %counted;
}

# {tool => {load => ...}} of some tools, or of all, against a server whose answers are nginx's.
sub all {
    my @tools = @_ ? @_ : sort keys %tools;
    my ($pid, $port) = arrivals_server(undef, '-a');
    my %all = map { $_ => {count($_, "http://127.0.0.1:$port")} } @tools;
    stop($pid);
    return %all;
}

sub what { return $tools{$_[0]}{what} }
sub loads { return map { "@$_" } @loads }

sub growth_percent {
    my ($counted, $work) = @_;
    my ($few, $many) = map { $counted->{"$work $_"}{net} } 50, 500;
    return defined $few && defined $many ? 100 * ($many / $few - 1) : undef;
}

sub row {
    my ($load, $all) = @_;
    my @cells = map {
        my $counted = $all->{$_}{$load};
        my $format = $_ eq 'callgrind' ? '%.0f' : '%.3f';
        defined $counted->{why} ? ('-', '-') : map { sprintf $format, $counted->{$_} } qw(net gross)
    } qw(callgrind strace);
    my ($work) = split ' ', $load;
    my $growth = $load =~ / 500$/ ? growth_percent($all->{callgrind}, $work) : undef;
    return [$load, @cells, defined $growth ? sprintf('%.1f %%', $growth) : '', join '; ', grep { defined } map { $all->{$_}{$load}{why} } sort keys %$all];
}

sub part {
    my ($report) = @_;
    my %all = all();
    my %limits = limits();
    $report->heading('Counts');
    $report->say("Per request, keep-alive, whole \`seep run\`: net of what goes by the clock (gross beside it). Limits: $limits{user_instructions_per_request} instructions, $limits{system_calls_per_request} system calls, $limits{growth_50_to_500_percent} % more instructions at 500 connections than at 50.");
    $report->table(['requests, connections', 'instructions', 'gross', 'system calls', 'gross', 'growth', 'note'], map { row($_, \%all) } loads());
}

1;
