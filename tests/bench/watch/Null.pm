# What seep's own readings add to what they read: fifty of them, with nothing else going on.
package Null;
use strict;
use warnings;
use Agents;
use Bench;
use JSON::PP;
use Targets;

my $readings = 50;
my $first = 3; # readings before: what the first one loads stays
my $load_s = 2;

# [name, value of a reading]
my @figures = (
    ['live_objects', sub { $_[0]{signals}{live_objects} }],
    ['live_bytes', sub { $_[0]{signals}{live_bytes} }],
    ['RssAnon', sub { $_[0]{process}{rss_anon_bytes} }],
    ['descriptors', sub { $_[0]{process}{fds} }],
    ['threads', sub { $_[0]{process}{threads} }],
);

sub cell {
    my @values = grep { defined } @_;
    return '-' if @values < 2;
    my $moved = $values[-1] - $values[0];
    return sprintf '%s%s (%s) of %s', $moved > 0 ? '+' : '', commas($moved), commas(quantile(1, @values) - quantile(0, @values)), commas($values[0]);
}

sub row {
    my ($name, $when, $socket) = @_;
    bodies($socket, '/read?gc=1', $first);
    my @answers = map { decode_json($_) } bodies($socket, '/read?gc=1', $readings);
    my @row = ($name . ' (' . target_agent($name) . ')', $when, map { my $value = $_->[1]; cell(map { $value->($_) } @answers) } @figures);
    progress("null: @row");
    return [@row];
}

sub part {
    my ($report) = @_;
    my @rows;
    for my $name (grep { !defined target_missing($_) } target_names()) {
        my $server = start_target($name, target_agent($name));
        my $socket = $server->{sockets}[-1];
        push @rows, row($name, 'fresh', $socket);
        drive($server, $load_s);
        push @rows, row($name, 'after load', $socket);
        stop_target($server);
    }
    $report->heading('What the readings add');
    $report->say("$readings readings of `/read?gc=1` without traffic, after $first that do not count, of a fresh server and again after $load_s s of load: how far each figure went from the first to the last of them (between the lowest and the highest), and what the first one was.");
    $report->table(['server (agent)', 'when', map { $_->[0] } @figures], @rows);
}

1;
