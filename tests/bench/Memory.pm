# What seep itself takes, against the length of the recording and the number of connections.
package Memory;
use strict;
use warnings;
use Bench;
use Drivers;

my @plain = (1_000, 100_000, 1_000_000, $ENV{BENCH_LONG} ? 10_000_000 : ());
my $wide = 100_000; # at 500 connections
my $least = 50_000; # requests of a run; a longer recording is gone through once

# A recording of `count` requests of six header fields, each with its own URL.
sub write_recording {
    my ($path, $count) = @_;
    my $header = join ',', map { qq("$_->[0]":["$_->[1]"]) } Drivers::six_headers();
    open my $file, '>', $path or die "$path: $!";
    for my $number (1 .. $count) {
        print $file qq({"method":"GET","url":"/item/$number","header":{$header},"t_us":) . 100 * $number . qq(,"status":200}\n);
    }
    close $file or die "$path: $!";
    return $path;
}

sub mib { return sprintf '%.1f', $_[0] / (1 << 20) }

# Seep's own figure beside the system's, of a run through a recording that is there.
sub row {
    my ($url, $ca, $recording, $count, $connections) = @_;
    my $directory = service('memory', url => $url, ca => $ca, recording => $recording);
    my $requests = $count > $least ? $count : $least;
    my $ran = run_seep({limit => $ENV{BENCH_LONG} ? 600 : 120}, $directory, '--connections', $connections, '--requests', $requests);
    my @cell = (commas($count), $connections, $ca ? 'tls' : 'plain');
    return [@cell, '-', '-', '-', $ran->{why}] if defined $ran->{why};
    my $done = $ran->{json}{replay}{done};
    return [@cell, mib($ran->{json}{own}{max_rss_bytes}), mib($ran->{rss}), sprintf('%.1f', $ran->{elapsed} / 1e6),
        $done == $requests ? '' : "$done of $requests done"];
}

sub part {
    my ($report, $nginx) = @_;
    my @rows;
    my $path = scratch() . '/long.jsonl';
    for my $count (@plain) {
        write_recording($path, $count);
        push @rows, row($nginx->url('plain'), undef, $path, $count, 50);
        push @rows, row($nginx->url('plain'), undef, $path, $count, 500), row($nginx->url('tls'), $nginx->ca, $path, $count, 500)
            if $count == $wide;
        progress("memory: @{$rows[-1]}");
    }
    unlink $path;
    $report->heading('Own memory');
    $report->say("The most that was resident, MiB, as seep says it and as the system does (wait4); each recording gone through once, at least $least requests.");
    $report->table(['recording', 'connections', 'transport', 'own.max_rss', 'system', 'seconds', 'note'], @rows);
}

1;
