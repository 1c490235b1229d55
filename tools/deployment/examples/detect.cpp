// Run an exported file without Python: C++17 and OpenVINO.
//
//     dstransnet export dstransnet-s_sirst --out small.xml --raw --scores
//     g++ -std=c++17 -O2 detect.cpp -I$OV/include $OV/libs/libopenvino.so* -o detect
//     ./detect small.xml frame.pgm [THRESHOLD]
//
// prints centroid, area and largest score of every target. OV is the folder of
// OpenVINO, also that of its Python package. The frame is a PGM file of 8 bits
// (P5) in the size that the model takes.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <openvino/openvino.hpp>

std::vector<unsigned char> read_pgm(const char *path, int &rows, int &columns) {
    std::ifstream file(path, std::ios::binary);
    std::string magic;
    int largest = 0;
    file >> magic >> columns >> rows >> largest;
    file.get();  // the one character that ends the header
    if (!file || magic != "P5" || largest != 255)
        throw std::runtime_error(std::string(path) + ": expected P5 of 8 bits");
    std::vector<unsigned char> pixels(size_t(rows) * columns);
    file.read(reinterpret_cast<char *>(pixels.data()), pixels.size());
    return pixels;
}

int main(int argc, char **argv) try {
    if (argc < 3) throw std::runtime_error("usage: detect MODEL.xml FRAME.pgm [THRESHOLD]");
    const float threshold = argc > 3 ? std::atof(argv[3]) : 0.5f;
    int rows, columns;
    const auto pixels = read_pgm(argv[2], rows, columns);
    const size_t size = pixels.size();
    ov::Core core;
    auto model = core.compile_model(argv[1], "CPU",
        ov::hint::inference_precision(ov::element::f32));
    const size_t channels = model.input().get_partial_shape()[1].get_length();
    std::vector<float> images(channels * size);  // grey in all of them
    for (size_t channel = 0; channel < channels; ++channel)
        std::copy(pixels.begin(), pixels.end(), images.begin() + channel * size);
    auto request = model.create_infer_request();
    request.set_input_tensor(ov::Tensor(ov::element::f32,
        {1, channels, size_t(rows), size_t(columns)}, images.data()));
    request.infer();
    auto output = request.get_output_tensor();
    // The last channel: the first of two is the background.
    float *scores = output.data<float>() + (output.get_shape()[1] - 1) * size;
    for (size_t first = 0; first < size; ++first) {
        if (scores[first] <= threshold) continue;
        std::vector<size_t> waiting{first};  // a component of 8 neighbours
        float best = scores[first];
        scores[first] = 0;
        double area = 0, row_sum = 0, column_sum = 0;
        while (!waiting.empty()) {
            const int row = waiting.back() / columns, column = waiting.back() % columns;
            waiting.pop_back();
            ++area, row_sum += row, column_sum += column;
            for (int y = std::max(0, row - 1); y < std::min(rows, row + 2); ++y)
                for (int x = std::max(0, column - 1); x < std::min(columns, column + 2); ++x) {
                    float &score = scores[size_t(y) * columns + x];
                    if (score <= threshold) continue;
                    best = std::max(best, score);
                    score = 0;
                    waiting.push_back(size_t(y) * columns + x);
                }
        }
        std::printf("row %.2f column %.2f area %.0f score %.3f\n",
                    row_sum / area, column_sum / area, area, best);
    }
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 2;
}
