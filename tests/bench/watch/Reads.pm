# How long a read of each signal takes while the target holds so much: by what seep reads it with.
package Reads;
use strict;
use warnings;
use Agents;
use Bench;
use Targets;

my %unit = (K => 1 << 10, M => 1 << 20, G => 1 << 30);
my $here = root() . '/tests/bench/watch';
my $kib = 1 << 10;

# What holds the memory.
my @holders = (
    {name => 'C', command => sub { (build() . '/bench/hold', $_[0]) }},
    {name => 'C', agent => 'malloc', command => sub { (build() . '/bench/hold', $_[0]) }},
    {name => 'Python', agent => 'python', command => sub { ('/usr/bin/python3', "$here/hold.py", $_[0]) }},
    {name => 'Node', agent => 'node', program => 'node', command => sub { ('node', "$here/hold.js", $_[0]) }},
);

sub sizes {
    return map { /^(\d+)([KMG])$/ ? [$_, $1 * $unit{$2}] : die "bench-watch: BENCH_SIZES: '$_' is no size such as 50M\n" }
        split ' ', $ENV{BENCH_SIZES} // '50M 1G 4G';
}

sub status_bytes {
    my ($file, $key) = @_;
    return slurp($file) =~ /^$key:\s*(\d+) kB/m ? $1 * $kib : 0;
}

# memory.stat of the cgroup of a process, v2 or v1, also where its path is that outside of a container; or undef.
sub cgroup_file {
    my ($pid) = @_;
    my %path = map { /^\d+:([^:]*):(.*)/ ? ($1 eq '' ? 'unified' : $1 => $2) : () } split /\n/, slurp("/proc/$pid/cgroup");
    my @places = (defined $path{memory} ? map({ "/sys/fs/cgroup/memory$_/memory.stat" } $path{memory}, '') : (),
        defined $path{unified} ? map({ "/sys/fs/cgroup$_/memory.stat" } $path{unified}, '') : ());
    return (grep { -r } @places)[0];
}

# Of the kernel: [row, kind, where]
sub kernel_reads {
    my ($pid) = @_;
    my $cgroup = cgroup_file($pid);
    return (['RssAnon + VmSwap and threads (status)', 'status', $pid], ['Pss (smaps_rollup)', 'rollup', $pid],
        ['descriptors (fd)', 'fds', $pid], ['all cheap signals, as ten times a second', 'tick', $pid],
        $cgroup ? ['cgroup (memory.stat)', 'file', $cgroup] : ());
}

sub reads_of {
    my ($holder, $started) = @_;
    return kernel_reads($started->{pid}) if !defined $holder->{agent};
    my ($socket) = sockets_of($started, 1);
    return map { ["$holder->{agent} agent, $_", 'ask', $socket, $_] } '/read?gc=1', '/read';
}

sub wait_until_held {
    my ($holder, $started) = @_;
    for (1 .. 1200) {
        return if slurp($started->{out}) =~ /^held/;
        select undef, undef, undef, 0.05;
    }
    die "$holder->{name} took too long to make its objects. " . slurp("$started->{out}.err") . "\n";
}

sub why_not {
    my ($holder) = @_;
    return (defined $holder->{agent} ? agent_missing($holder->{agent}) : undef) // ($holder->{program} ? program_missing($holder->{program}) : undef);
}

sub cell { my @us = @_; return spread(median(@us) < 100 ? '%.1f' : '%.0f', @us) }

# Adds the reads of one holder at one size to the cells: {row}{size}.
sub read_holder {
    my ($cells, $order, $holder, $started, $label) = @_;
    wait_until_held($holder, $started);
    my $held = sprintf '%.0f MB', status_bytes("/proc/$started->{pid}/status", 'RssAnon') / 1e6;
    my $resident = 'resident: ' . $holder->{name} . ($holder->{agent} ? " with the $holder->{agent} agent" : '');
    for my $read ([$resident, undef, $held], reads_of($holder, $started)) {
        my ($row, $kind, @where) = @$read;
        push @$order, $row if !$cells->{$row};
        $cells->{$row}{$label} = '-';
        $cells->{$row}{$label} = defined $kind ? cell(times_us($kind, @where)) : $held;
        $cells->{$row}{calls} //= calls_per_read($kind, @where) if defined $kind && $kind ne 'ask';
        progress("reads: $label: $row: $cells->{$row}{$label}");
    }
}

sub by_size {
    my ($report, $until) = @_;
    my (%cells, @order, @labels, %notes);
    for my $size (sizes()) {
        my ($label, $bytes) = @$size;
        my $available = status_bytes('/proc/meminfo', 'MemAvailable');
        if ($available < 2 * $bytes) {
            $notes{sprintf '%s is left out: MemAvailable is %.1f GB, less than twice that.', $label, $available / 1e9} = 1;
            next;
        }
        push @labels, $label;
        for my $holder (@holders) {
            my $why = why_not($holder);
            $notes{"Left out: $why."} = 1 if defined $why;
            next if defined $why;
            if (time > $until) {
                $notes{"$label, $holder->{name}: no time was left."} = 1;
                next;
            }
            my $started = under_agent($holder->{agent}, $holder->{command}->($bytes));
            eval { read_holder(\%cells, \@order, $holder, $started, $label); 1 } or $notes{"$label: $@"} = 1;
            stop($started->{pid});
        }
    }
    $report->table(['read', @labels, 'system calls'],
        map { my $row = $_; [$row, map({ $cells{$row}{$_} } @labels), defined $cells{$row}{calls} ? sprintf('%.1f', $cells{$row}{calls}) : ''] } @order);
    $report->say($_) for sort keys %notes;
}

# Pages by HTTP, of an nginx: what seep takes, not what an application takes to make them.
sub pages {
    my ($report) = @_;
    my $nginx = start_target('nginx', undef);
    my @reads = (["Prometheus page of $nginx->{page_kib}{metrics} KiB, the last of 200 series", 'metric', $nginx->{origin}, '/metrics'],
        ["JSON page of $nginx->{page_kib}{json} KiB, the last of 200 members", 'pointer', $nginx->{origin}, '/memory.json']);
    $report->table(['read', 'us', 'system calls'], map {
        my ($row, @what) = @$_;
        my $calls = calls_per_read(@what);
        [$row, cell(times_us(@what)), defined $calls ? sprintf('%.1f', $calls) : 'not traced here']
    } @reads);
    stop_target($nginx);
}

sub part {
    my ($report, $until) = @_;
    $report->heading('Reading a signal');
    $report->say('Microseconds of one read, median (lowest-highest) of up to 300 in half a second (two at least), by the functions that seep reads with; reader and target on different cores. `C` holds blocks of 1 KiB; `Python` and `Node` hold small objects up to 1 GiB, large buffers beyond. An agent is asked over its Unix socket, its answer taken. System calls are those of the reader.');
    by_size($report, $until);
    $report->say('By HTTP on loopback, from a static file (what the service takes to make its page comes on top):');
    pages($report);
}

1;
