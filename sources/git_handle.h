// GitHandle: owners of libgit2's C handles, one unique_ptr type each. Only .cc files of this folder
// include this header, because it brings libgit2 with it.
#pragma once

#include <git2.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h>  // git_error_set_str since libgit2 1.8.
#endif

#include <cstring>
#include <memory>

#include "engine/model/object_id.h"

namespace gitops::git {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

template <typename T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;
using OdbObjectHandle = Handle<git_odb_object, git_odb_object_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using ReferenceIteratorHandle = Handle<git_reference_iterator, git_reference_iterator_free>;
using ObjectHandle = Handle<git_object, git_object_free>;
using RemoteHandle = Handle<git_remote, git_remote_free>;
using PackBuilderHandle = Handle<git_packbuilder, git_packbuilder_free>;
using IndexerHandle = Handle<git_indexer, git_indexer_free>;

/// Gives a C function the address of a plain pointer and puts what it wrote into an owner:
/// `git_repository_open(Out(repository), path)`.
template <typename Owner>
class OutParameter {
 public:
  explicit OutParameter(Owner& owner) : owner_(owner) {}
  ~OutParameter() { owner_.reset(raw_); }
  OutParameter(const OutParameter&) = delete;
  OutParameter& operator=(const OutParameter&) = delete;
  operator typename Owner::element_type **() { return &raw_; }  // NOLINT: implicit on purpose

 private:
  Owner& owner_;
  typename Owner::element_type* raw_ = nullptr;
};

template <typename Owner>
OutParameter<Owner> Out(Owner& owner) {
  return OutParameter<Owner>(owner);
}

inline ObjectId FromOid(const git_oid& oid) {
  std::array<std::uint8_t, ObjectId::kSize> bytes{};
  std::memcpy(bytes.data(), oid.id, bytes.size());
  return ObjectId(bytes);
}

inline git_oid ToOid(const ObjectId& id) {
  git_oid oid{};
  std::memcpy(oid.id, id.bytes().data(), ObjectId::kSize);
  return oid;
}

}  // namespace gitops::git
