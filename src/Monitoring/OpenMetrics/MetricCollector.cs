using System.Diagnostics.Metrics;

namespace MiniBatch.Monitoring.OpenMetrics;

/// <summary>
/// Listens to a node's meters and keeps what they measure, ready to be written. A measurement takes a lock and looks its series up,
/// without allocating: for loops of some hundred microseconds or more. What turns faster counts in a field, and is observed.
/// </summary>
public sealed class MetricCollector : IDisposable
{
    /// <summary>
    /// Sets of labels of one instrument. A cluster whose workers come and go under ever new names has all later ones together, under
    /// "other", rather than a page that grows for ever.
    /// </summary>
    public const int SeriesMax = 1000;

    private readonly MeterListener _listener = new();
    private readonly List<Entry> _entries = [];
    private readonly Lock _collecting = new();

    /// <summary>Listens from now on.</summary>
    /// <param name="meters">Whose instruments; these very meters, not others of their names.</param>
    public MetricCollector(params IReadOnlyCollection<Meter> meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!meters.Contains(instrument.Meter)) return;
            var entry = new Entry(instrument);
            lock (_collecting) _entries.Add(entry);
            listener.EnableMeasurementEvents(instrument, entry);
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, entry) => ((Entry)entry!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, entry) => ((Entry)entry!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, entry) => ((Entry)entry!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Everything by now, as text.</summary>
    public string Write(MetricFormat format = MetricFormat.OpenMetrics)
    {
        lock (_collecting)
        {
            // What is observed is asked anew each time: a series that is not there any more must not stay.
            foreach (var entry in _entries) entry.ForgetObserved();
            _listener.RecordObservableInstruments();
            var text = new MetricText(format);
            foreach (var entry in _entries.OrderBy(entry => entry.Family.Name, StringComparer.Ordinal)) entry.WriteTo(text);
            return text.End();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    /// <summary>One instrument and its series.</summary>
    private sealed class Entry
    {
        private readonly Lock _lock = new();
        private readonly bool _isObserved;
        private readonly IReadOnlyList<double>? _bounds;
        private readonly LabelText _labels;
        private readonly Dictionary<string, Series> _series = [];
        private readonly Dictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _byLabels;

        public Entry(Instrument instrument)
        {
            Family = MetricFamily.Of(instrument);
            _isObserved = instrument.IsObservable;
            _labels = new LabelText(instrument.Meter.Tags);
            _bounds = Family.Type == MetricType.Histogram
                ? (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? throw new ArgumentException($"{instrument.Name} has no buckets")
                : null;
            _byLabels = _series.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public MetricFamily Family { get; }

        public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (_lock)
            {
                var series = Find(tags);
                if (_bounds is not null) series.Observe(value);
                else if (Family.Type == MetricType.Counter && !_isObserved) series.Add(value);
                else series.Set(value);
            }
        }

        public void ForgetObserved()
        {
            if (!_isObserved) return;
            lock (_lock) _series.Clear();
        }

        public void WriteTo(MetricText text)
        {
            lock (_lock) text.Add(Family, _series.Values);
        }

        private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (_byLabels.TryGetValue(_labels.Write(tags), out var known)) return known;
            var labels = _labels.Write(tags, other: _series.Count >= SeriesMax ? "other" : null);
            if (_byLabels.TryGetValue(labels, out known)) return known;
            var added = new Series(labels.ToString(), _bounds);
            _series.Add(added.Labels, added);
            return added;
        }
    }
}
