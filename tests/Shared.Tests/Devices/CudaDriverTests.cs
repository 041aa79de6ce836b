using System.Diagnostics;
using System.Globalization;
using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Tests.Datasets;

namespace MiniBatch.Shared.Tests.Devices;

/// <summary>
/// The driver's place is taken by a small library of the same functions: every line but the driver's own is run without one.
/// </summary>
public sealed class CudaDriverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Gpus_come_in_the_drivers_order_with_names_and_memory()
    {
        var found = CudaDriver.Find(Driver(count: 2));

        Assert.Equal([new Gpu("Imaginary 0", 1L << 33), new Gpu("Imaginary 1", 2L << 33)], found.Gpus);
        Assert.Equal("", found.Problem);
    }

    [SkippableFact]
    public void Driver_without_a_gpu_says_so() =>
        Assert.StartsWith("the NVIDIA driver shows no GPU", Problem(CudaDriver.Find(Driver(count: 0))));

    [SkippableTheory]
    [InlineData("cuInit")]
    [InlineData("cuDeviceGetCount")]
    [InlineData("cuDeviceGet")]
    [InlineData("cuDeviceGetName")]
    [InlineData("cuDeviceTotalMem_v2")]
    public void Error_of_any_call_is_told_in_the_drivers_words(string failing) =>
        Assert.StartsWith("the NVIDIA driver answers with error 803 (system has unsupported display driver)", Problem(CudaDriver.Find(Driver(count: 1, failing))));

    [SkippableFact]
    public void Library_that_is_no_driver_is_told_from_one()
    {
        var library = Compile("int nothing(void) { return 0; }");

        Assert.StartsWith($"{library} is no CUDA driver", Problem(CudaDriver.Find(library)));
    }

    [Fact]
    public void Machine_without_a_driver_has_no_gpu() =>
        Assert.Equal("there is no NVIDIA driver (libnosuchcuda.so.1 is not installed)", Problem(CudaDriver.Find("libnosuchcuda.so.1")));

    [SkippableFact]
    public void Device_is_described_as_the_driver_names_it()
    {
        var library = Driver(count: 2);

        var device = ComputeDevice.Describe(new DeviceRequest(DeviceKind.Cuda, 1), () => CudaDriver.Find(library));

        Assert.Equal(new ComputeDevice("cuda:1", "Imaginary 1", 2L << 33, 1), device);
        Assert.Equal(("cuda:1 Imaginary 1, 16.0 GiB, 1 thread", "cuda:1 Imaginary 1"), (device.ToString(), device.Short));
    }

    [Fact]
    public void Processor_is_described_without_asking_the_driver()
    {
        var device = ComputeDevice.Describe(DeviceRequest.Cpu, () => throw new InvalidOperationException("asked"));

        Assert.Equal(("cpu", "cpu"), (device.Device, device.Short));
        Assert.StartsWith("cpu ", device.ToString());
        Assert.True(device.Name.Length > 0 && device.MemoryBytes > 0);
    }

    [Fact]
    public void Gpu_that_the_driver_does_not_describe_keeps_its_number() =>
        Assert.Equal("cuda:3, 1 thread", ComputeDevice.Describe(new DeviceRequest(DeviceKind.Cuda, 3), () => GpuFindings.None("gone")).ToString());

    private static string Problem(GpuFindings found)
    {
        Assert.Empty(found.Gpus);
        return found.Problem;
    }

    /// <summary>A driver of so many GPUs, of which one call may fail.</summary>
    private string Driver(int count, string failing = "") => Compile(string.Create(CultureInfo.InvariantCulture, $$"""
        #include <stdio.h>
        #include <string.h>
        #include <stddef.h>
        static int result(const char* call) { return strcmp(call, "{{failing}}") == 0 ? 803 : 0; }
        int cuInit(unsigned flags) { (void)flags; return result("cuInit"); }
        int cuDeviceGetCount(int* count) { *count = {{count}}; return result("cuDeviceGetCount"); }
        int cuDeviceGet(int* device, int ordinal) { *device = 100 + ordinal; return result("cuDeviceGet"); }
        int cuDeviceGetName(char* name, int length, int device) {
            snprintf(name, length, "Imaginary %d", device - 100);
            return result("cuDeviceGetName");
        }
        int cuDeviceTotalMem_v2(size_t* bytes, int device) {
            *bytes = (size_t)(device - 99) << 33;
            return result("cuDeviceTotalMem_v2");
        }
        int cuGetErrorString(int error, const char** text) {
            (void)error;
            *text = "system has unsupported display driver";
            return 0;
        }
        """));

    private string Compile(string source)
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc"), "gcc is not installed");
        var (code, library) = (Path.Combine(_folder.Path, "driver.c"), Path.Combine(_folder.Path, "libimaginary.so"));
        File.WriteAllText(code, source);
        using var compiler = Process.Start("/usr/bin/gcc", ["-shared", "-fPIC", "-o", library, code])!;
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return library;
    }
}
