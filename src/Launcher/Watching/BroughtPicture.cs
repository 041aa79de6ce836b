using MiniBatch.Graphics.Images;
using MiniBatch.Graphics.Images.Conversion;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;
using MiniBatch.Shared.Workloads;

namespace MiniBatch.Launcher.Watching;

/// <summary>Pictures that somebody draws on the page or uploads: made what the dataset's are, as <c>predict --image</c> makes them.</summary>
public static class BroughtPicture
{
    /// <summary>What makes them so, for a run; null where its data are no pictures.</summary>
    public static Func<byte[], byte[]>? ConversionFor(RunSpec spec) =>
        WorkloadCatalog.Get(spec.Workload).Data is DatasetDescription dataset ? file => Convert(file, dataset) : null;

    private static byte[] Convert(byte[] file, DatasetDescription dataset)
    {
        try
        {
            return DatasetConversion.Convert(ImageFile.Read(file, "the picture"), dataset).Pixels;
        }
        catch (ImageException e)
        {
            throw new UserErrorException(e.Message, cause: e);
        }
    }
}
