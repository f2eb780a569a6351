// Which of the defects of defects.py the mutated sources show. Defects count from 1; 0 is none.
#pragma once

#include <string_view>
#include <vector>

namespace fas::test {

int defect();
void choose_defect(int number);

// By number; the first is defect 1.
extern const std::vector<std::string_view> kDefects;

}  // namespace fas::test
