namespace MiniBatch.Hosting.Tests.Parsing;

/// <summary>What an OpenMetrics text says.</summary>
internal sealed class Exposition(IReadOnlyDictionary<string, ExposedFamily> families)
{
    public IReadOnlyDictionary<string, ExposedFamily> Families => families;

    /// <summary>The one sample of this name that has these labels, whatever others it has.</summary>
    public double Value(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Single().Value;

    /// <summary>All samples of this name with these labels, added.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Sum(sample => sample.Value);

    /// <summary>Whether there is a sample of this name.</summary>
    public bool Has(string name) => Samples.Any(sample => sample.Name == name);

    public IEnumerable<ExposedSample> Samples => families.Values.SelectMany(family => family.Samples);

    private IEnumerable<ExposedSample> Matching(string name, (string Name, string Value)[] labels) =>
        Samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value));
}

/// <summary>One family.</summary>
internal sealed class ExposedFamily(string name)
{
    public string Name => name;

    public string? Type { get; set; }

    public string? Unit { get; set; }

    public string? Help { get; set; }

    public List<ExposedSample> Samples { get; } = [];
}

/// <summary>One sample.</summary>
internal sealed record ExposedSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>Name and labels, in an order that does not depend on the text's: no two samples share it.</summary>
    public string Key => KeyWithout(null);

    /// <summary>The same without one label: what the buckets of one histogram share.</summary>
    public string KeyWithout(string? label) => string.Join(
        ',', Labels.Where(pair => pair.Key != label).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}").Prepend(Name));
}
